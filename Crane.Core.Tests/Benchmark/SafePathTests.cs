using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

public sealed class SafePathTests : IDisposable
{
    private readonly string outside = Directory.CreateTempSubdirectory().FullName;
    private readonly string folder;

    public SafePathTests()
    {
        folder = Directory.CreateDirectory(Path.Combine(outside, "data")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        File.WriteAllText(Path.Combine(folder, "images", "a.png"), "inside");
        File.WriteAllText(Path.Combine(outside, "secret.png"), "outside");
    }

    public void Dispose() => Directory.Delete(outside, recursive: true);

    [Theory]
    [InlineData("images/a.png")]
    [InlineData("images\\a.png")]
    public void Below_FileInside_IsFound(string relative) => Assert.Equal("inside", File.ReadAllText(SafePath.Below(folder, relative, "record 3")));

    [Theory]
    [InlineData("../secret.png")]
    [InlineData("images/../../secret.png")]
    [InlineData("..\\secret.png")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\secret.png")]
    [InlineData("images//a.png")]
    [InlineData("./images/a.png")]
    [InlineData("images/a.png\0.jpg")]
    [InlineData("")]
    public void Below_PathThatLeaves_IsRefusedByName(string relative) =>
        Assert.Contains("record 3", Assert.Throws<InvalidDataException>(() => SafePath.Below(folder, relative, "record 3")).Message);

    [Fact]
    public void Below_LinkOut_IsRefusedAndLinkInsideIsNot()
    {
        File.CreateSymbolicLink(Path.Combine(folder, "out.png"), Path.Combine(outside, "secret.png"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "up"), outside);
        File.CreateSymbolicLink(Path.Combine(folder, "in.png"), Path.Combine(folder, "images", "a.png"));
        Assert.Throws<InvalidDataException>(() => SafePath.Below(folder, "out.png", "record 3"));
        Assert.Throws<InvalidDataException>(() => SafePath.Below(folder, "up/secret.png", "record 3"));
        Assert.Equal("inside", File.ReadAllText(SafePath.Below(folder, "in.png", "record 3")));
    }

    [Fact]
    public void Below_Missing_NamesRecordAndFile() =>
        Assert.Contains("'images/b.png'", Assert.Throws<FileNotFoundException>(() => SafePath.Below(folder, "images/b.png", "record 3")).Message);

    [Fact]
    public void Load_DegradedPicture_FollowsFromItsSeed()
    {
        var pictures = new BenchmarkPictures();
        var reference = new PictureRef("flags/twemoji/JPN.png", PictureRef.Noise, 0.5, 3);
        Assert.Equal(pictures.Load(reference).Rgb, new BenchmarkPictures().Load(reference).Rgb);
        Assert.NotEqual(pictures.Load(reference).Rgb, pictures.Load(reference with { Seed = 4 }).Rgb);
        Assert.Equal(WorldPictures.Width, pictures.Load(reference).Width);
        Assert.True(pictures.Load(new("flags/twemoji/JPN.png")).Width > 0);
    }
}
