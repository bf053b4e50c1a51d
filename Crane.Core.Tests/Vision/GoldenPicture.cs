using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Vision;

/// <summary>What Hugging Face made of a picture under one setting; <c>Setting</c> names it.</summary>
internal sealed record GoldenRun(string Setting, string Resized, GridThw Grid, long[] Shape, double Mean, double Std, double AbsSum, bool Full);

/// <summary>A row of <c>images/index.json</c>.</summary>
internal sealed class GoldenPicture
{
    private static readonly Lazy<JsonElement> Index = new(() => JsonDocument.Parse(File.ReadAllBytes(Golden.File("images", "index.json"))).RootElement);

    private readonly JsonElement row;

    private GoldenPicture(JsonElement row) => this.row = row;

    public static IEnumerable<GoldenPicture> All => Index.Value.GetProperty("pictures").EnumerateArray().Select(row => new GoldenPicture(row));

    public static GoldenPicture Of(string file) => All.Single(picture => picture.FileName == file);

    public string FileName => row.GetProperty("file").GetString()!;

    public string Path => Golden.File("images", FileName);

    public string Sha256 => row.GetProperty("rgb_sha256").GetString()!;

    public (int Width, int Height) Size => (row.GetProperty("width").GetInt32(), row.GetProperty("height").GetInt32());

    /// <summary>Pillow reads 16-bit grey as wide integers and clips them; Crane keeps the high byte.</summary>
    public bool SixteenBitGrey => row.GetProperty("pil_mode").GetString()!.StartsWith("I;16", StringComparison.Ordinal);

    /// <summary>JPEG, or WebP that is not of the lossless kind: another decoder may differ by some levels.</summary>
    public bool Lossy => File.ReadAllBytes(Path) is [0xFF, 0xD8, ..] or [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, _, _, _, _, (byte)'V',
        (byte)'P', (byte)'8', (byte)' ', ..];

    /// <summary>Levels by which a decoder may differ.</summary>
    public int Tolerance => Lossy ? 3 : 0;

    /// <summary>The array before resizing, where it is stored.</summary>
    public Picture? Rgb => Stored("rgb");

    /// <summary>The array by way of <c>load_image</c>, where it is stored.</summary>
    public Picture? ViaLoadImage => Stored("rgb_via_load_image");

    public IEnumerable<GoldenRun> Runs => row.GetProperty("runs").EnumerateArray().Select(run =>
    {
        var grid = run.GetProperty("image_grid_thw").EnumerateArray().Select(n => n.GetInt32()).ToArray();
        return new GoldenRun(run.GetProperty("setting").GetString()!, run.GetProperty("resized").GetString()!, new GridThw(grid[0], grid[1], grid[2]),
            [.. run.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())], run.GetProperty("mean").GetDouble(), run.GetProperty("std").GetDouble(),
            run.GetProperty("abs_sum").GetDouble(), run.TryGetProperty("full", out var full) && full.GetBoolean());
    });

    public static ImageProcessor Processor(string setting) =>
        new(ImageProcessorConfig.Read(JsonFields.Of(Index.Value.GetProperty("settings").GetProperty(setting), $"index.json: settings: {setting}")));

    /// <summary>A stored tensor of a run, in the caller's dispose scope.</summary>
    public Tensor Tensor(string setting, string name)
    {
        using var file = SafeTensors.Open(Golden.File("images", "pixel_values.safetensors"));
        return file.Read($"{System.IO.Path.GetFileName(FileName)}/{setting}/{name}");
    }

    private Picture? Stored(string field) =>
        row.TryGetProperty(field, out var name) && name.ValueKind == JsonValueKind.String ? PictureFile.Load(Golden.File("images", name.GetString()!)) : null;
}
