using System.Text.Json;
using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Vision;

/// <summary>Patches of the stored model cases, made again from the world's picture files.</summary>
[Collection(nameof(Torch))]
public partial class WorldPictureParityTests
{
    private static readonly World World = World.Load();

    public static TheoryData<string, string> ModelCases()
    {
        var rows = new TheoryData<string, string>();
        foreach (var index in Directory.GetFiles(Golden.File("models"), "cases.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            foreach (var row in Cases(index).EnumerateObject().Where(row => row.Value.GetProperty("sources").GetArrayLength() > 0))
                rows.Add(Path.GetRelativePath(Golden.Root, index), row.Name);
        return rows;
    }

    /// <summary>Pictures go the whole way (on white, smart resize). Video frames were turned to RGB without their transparency and resized to one
    /// size.</summary>
    [Theory, Trait("Category", "Golden"), MemberData(nameof(ModelCases))]
    public void Process_ModelCase_GivesTheStoredPatches(string index, string name)
    {
        using var scope = NewDisposeScope();
        var folder = Path.GetDirectoryName(Golden.File(index))!;
        var row = Cases(Golden.File(index)).GetProperty(name);
        var config = ImageProcessorConfig.Load(Path.GetDirectoryName(folder)!);
        using var stored = SafeTensors.Open(Path.Combine(folder, row.GetProperty("file").GetString()!));
        var (pictures, videos) = (new List<VisionInput>(), new List<VisionInput>());
        foreach (var source in row.GetProperty("sources").EnumerateArray())
            if (source.TryGetProperty("picture", out var file))
                pictures.Add(new ImageProcessor(config with { MaxPixels = source.GetProperty("max_pixels").GetInt64() })
                    .Process(Picture(file, PictureOptions.AsOpened)));
            else
                videos.Add(Video(config, Grid(stored, "video_grid_thw", videos.Count), source.GetProperty("frames")));
        foreach (var (kind, made) in new[] { ("image", pictures), ("video", videos) })
        {
            if (made.Count == 0) continue;
            for (var i = 0; i < made.Count; i++) Assert.Equal(Grid(stored, $"{kind}_grid_thw", i), made[i].Grid);
            Close.Assert(kind, stored.Read(kind is "image" ? "pixel_values" : "pixel_values_videos").flatten(),
                tensor([.. made.SelectMany(input => input.PixelValues)]), 1e-5);
        }
    }

    public static TheoryData<string, int> NanoCases()
    {
        var rows = new TheoryData<string, int>();
        foreach (var line in File.ReadLines(DataFolder.Of("golden", "nano-reference", "cases.jsonl")))
            if (JsonFields.Of(JsonDocument.Parse(line).RootElement, "cases.jsonl") is var fields && fields.Has("pixel_values"))
                rows.Add(fields.Text("picture", null)!, fields.Int("pixel_values"));
        return rows;
    }

    /// <summary>The nano model's way: on neutral grey, cut to 4:3 where far from it, 64 × 48.</summary>
    [Theory, MemberData(nameof(NanoCases))]
    public void Process_NanoCase_GivesTheStoredPatches(string picture, int at)
    {
        using var scope = NewDisposeScope();
        using var stored = SafeTensors.Open(DataFolder.Of("golden", "nano-reference", "pixel_values.safetensors"));
        var processor = new ImageProcessor(ImageProcessorConfig.Load(DataFolder.Of("golden", "nano-reference")));
        var input = processor.Process(WorldPictures.Small(Shown(picture)));
        Close.Assert(picture, stored.Read("pixel_values")[at].flatten(), tensor(input.PixelValues), 1e-5);
    }

    /// <summary>A picture of a nano case: a path below the world, or <c>landmark 'Name', photograph 1</c>.</summary>
    private static Picture Shown(string picture)
    {
        var pictures = new WorldPictures(World);
        if (Photograph().Match(picture) is { Success: true } match)
            return pictures.Photographs(World.Landmarks.Single(l => l.Name == match.Groups["name"].Value))[int.Parse(match.Groups["number"].Value) - 1];
        return WorldPictures.Prepare(PictureFile.Load(Path.Combine(World.Folder, picture), new() { Background = 128 }));
    }

    [GeneratedRegex("^landmark '(?<name>.+)', photograph (?<number>\\d+)$")]
    private static partial Regex Photograph();

    private static VisionInput Video(ImageProcessorConfig config, GridThw grid, JsonElement frames)
    {
        var (width, height) = (grid.Width * config.PatchSize, grid.Height * config.PatchSize);
        var processor = new ImageProcessor(config with { MinPixels = 1, MaxPixels = (long)width * height });
        return processor.ProcessVideo([.. frames.EnumerateArray().Select(f => PillowResize.Bicubic(Picture(f, PictureOptions.AsLoaded), width, height))]);
    }

    private static Picture Picture(JsonElement file, PictureOptions options) => PictureFile.Load(Path.Combine(World.Folder, file.GetString()!), options);

    private static GridThw Grid(SafeTensors stored, string name, int at)
    {
        var numbers = stored.Read(name)[at].data<long>().ToArray();
        return new GridThw((int)numbers[0], (int)numbers[1], (int)numbers[2]);
    }

    private static JsonElement Cases(string index) => JsonDocument.Parse(File.ReadAllBytes(index)).RootElement.GetProperty("cases");
}
