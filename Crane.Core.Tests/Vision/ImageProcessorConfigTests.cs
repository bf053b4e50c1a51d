using System.Text.Json;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

public class ImageProcessorConfigTests
{
    [Theory]
    [InlineData("""{"min_pixels": 100, "max_pixels": 200}""")]
    [InlineData("""{"size": {"shortest_edge": 100, "longest_edge": 200}}""")]
    [InlineData("""{"min_pixels": 100, "max_pixels": 200, "size": {"shortest_edge": 1, "longest_edge": 2}, "something_new": [1, {"a": null}]}""")]
    public void Read_EitherLayout_GivesAreas(string json)
    {
        var config = Read(json);
        Assert.Equal((100, 200), (config.MinPixels, config.MaxPixels));
        Assert.Equal((16, 2, 2, 32), (config.PatchSize, config.MergeSize, config.TemporalPatchSize, config.Factor));
    }

    [Theory]
    [InlineData("""{"patch_size": "16"}""", "patch_size")]
    [InlineData("""{"merge_size": 0}""", "merge_size")]
    [InlineData("""{"temporal_patch_size": -2}""", "temporal_patch_size")]
    [InlineData("""{"patch_size": 14.5}""", "patch_size")]
    [InlineData("""{"image_mean": [0.5, 0.5]}""", "image_mean")]
    [InlineData("""{"image_std": [0.5, 0, 0.5]}""", "image_std")]
    [InlineData("""{"size": 224}""", "size")]
    [InlineData("""{"size": {"shortest_edge": true}}""", "shortest_edge")]
    [InlineData("""{"max_pixels": 5}""", "larger than the largest (5")]
    [InlineData("""[1]""", "JSON object")]
    public void Read_WrongField_NamesIt(string json, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(json));
        Assert.StartsWith("test.json", error.Message);
        Assert.Contains(named, error.Message);
    }

    [Fact]
    public void Load_NoFile_NamesIt() =>
        Assert.Contains("preprocessor_config.json", Assert.Throws<FileNotFoundException>(() => ImageProcessorConfig.Load(Path.GetTempPath())).Message);

    /// <summary>A checkpoint that is stored with both layouts reads the same from either.</summary>
    [Fact, Trait("Category", "Golden")]
    public void Load_BothLayouts_GiveTheSame()
    {
        var folders = Directory.GetDirectories(Golden.File("models")).Where(folder => File.Exists(Path.Combine(folder, "preprocessor_config.v5.json")))
            .ToList();
        Assert.NotEmpty(folders);
        foreach (var folder in folders)
            Assert.Equivalent(ImageProcessorConfig.Load(folder), ImageProcessorConfig.Load(Path.Combine(folder, "preprocessor_config.v5.json")), strict: true);
    }

    private static ImageProcessorConfig Read(string json) => ImageProcessorConfig.Read(JsonFields.Of(JsonDocument.Parse(json).RootElement, "test.json"));
}
