using System.Security.Cryptography;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

[Trait("Category", "Golden")]
public class PictureFileParityTests
{
    public static TheoryData<string> Lossless() => Rows(p => !p.Lossy && !p.SixteenBitGrey);

    public static TheoryData<string> WithRgb() => Rows(p => p.Rgb is not null && !p.SixteenBitGrey);

    public static TheoryData<string> WithLoadImage() => Rows(p => p.ViaLoadImage is not null && !p.SixteenBitGrey);

    public static TheoryData<string> SixteenBitGrey() => Rows(p => p.SixteenBitGrey);

    private static TheoryData<string> Rows(Func<GoldenPicture, bool> which) => [.. GoldenPicture.All.Where(which).Select(p => p.FileName)];

    [Theory, MemberData(nameof(Lossless))]
    public void Load_LosslessFile_HasThePublishedHash(string file)
    {
        var golden = GoldenPicture.Of(file);
        var picture = PictureFile.Load(golden.Path, PictureOptions.AsOpened);
        Assert.Equal(golden.Size, (picture.Width, picture.Height));
        Assert.Equal(golden.Sha256, Convert.ToHexStringLower(SHA256.HashData(picture.Rgb)));
    }

    [Theory, MemberData(nameof(WithRgb))]
    public void Load_AsOpened_EqualsHuggingFace(string file)
    {
        var golden = GoldenPicture.Of(file);
        Levels.Assert(file, golden.Rgb!, PictureFile.Load(golden.Path, PictureOptions.AsOpened), golden.Tolerance);
    }

    [Theory, MemberData(nameof(WithLoadImage))]
    public void Load_AsLoaded_EqualsHuggingFacesLoadImage(string file)
    {
        var golden = GoldenPicture.Of(file);
        Levels.Assert(file, golden.ViaLoadImage!, PictureFile.Load(golden.Path, PictureOptions.AsLoaded), golden.Tolerance);
    }

    /// <summary>Pillow gives min(255, value); the high byte of such a value is 0 wherever Pillow's is below 255, and any byte elsewhere.</summary>
    [Theory, MemberData(nameof(SixteenBitGrey))]
    public void Load_SixteenBitGrey_KeepsTheHighByteWherePillowClips(string file)
    {
        var golden = GoldenPicture.Of(file);
        var (clipped, picture) = (golden.Rgb!, PictureFile.Load(golden.Path, PictureOptions.AsOpened));
        Assert.Equal(clipped.Rgb.Length, picture.Rgb.Length);
        Assert.All(clipped.Rgb.Zip(picture.Rgb), pair => Assert.True(pair.First == 255 || pair.Second == 0, $"Pillow {pair.First}, found {pair.Second}."));
    }
}
