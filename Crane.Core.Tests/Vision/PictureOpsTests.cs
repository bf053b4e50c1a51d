using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

public class PictureOpsTests
{
    /// <summary>The picture a b / c d / e f as it must stand after turning; letters are levels.</summary>
    [Theory]
    [InlineData(1, 2, "abcdef")]
    [InlineData(2, 2, "badcfe")]
    [InlineData(3, 2, "fedcba")]
    [InlineData(4, 2, "efcdab")]
    [InlineData(5, 3, "acebdf")]
    [InlineData(6, 3, "ecafdb")]
    [InlineData(7, 3, "fdbeca")]
    [InlineData(8, 3, "bdface")]
    public void Turn_Orientation_GivesTheUprightPicture(int orientation, int width, string expected)
    {
        var turned = PictureOps.Turn(Letters("abcdef", 2), orientation);
        Levels.Assert($"orientation {orientation}", Letters(expected, width), turned, 0);
    }

    [Fact]
    public void Crop_Inside_TakesTheRectangle() =>
        Levels.Assert("crop", Letters("df", 1), PictureOps.Crop(Letters("abcdef", 2), left: 1, top: 1, width: 1, height: 2), 0);

    [Theory]
    [InlineData(-1, 0, 1, 1)]
    [InlineData(0, 0, 3, 1)]
    [InlineData(0, 2, 1, 2)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(1, 0, int.MaxValue, 1)]
    public void Crop_Outside_IsRefused(int left, int top, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureOps.Crop(Letters("abcdef", 2), left, top, width, height));

    [Theory]
    [InlineData(200, 100, 133, 100)]   // too wide: 100 · 4/3
    [InlineData(100, 200, 100, 75)]    // too tall
    [InlineData(112, 75, 112, 75)]     // 1.49 lies within the tolerance
    [InlineData(160, 100, 160, 100)]   // 1.6 too
    [InlineData(170, 100, 133, 100)]   // 1.7 does not
    [InlineData(1, 300, 1, 1)]
    public void CropTo_FarFromTheAspect_CutsToItCentred(int width, int height, int newWidth, int newHeight)
    {
        var picture = Levels.Random(width, height, seed: 3);
        var cut = PictureOps.CropTo(picture, 4.0 / 3, tolerance: 0.3);
        Levels.Assert("cut", PictureOps.Crop(picture, (width - newWidth) / 2, (height - newHeight) / 2, newWidth, newHeight), cut, 0);
    }

    private static Picture Letters(string letters, int width) =>
        new(width, letters.Length / width, [.. letters.SelectMany(c => new[] { (byte)c, (byte)c, (byte)c })]);
}
