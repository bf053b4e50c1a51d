using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

/// <summary>One stored case: the inputs of a batch and what Hugging Face computed from them.</summary>
internal sealed class GoldenCase(string path)
{
    private readonly Dictionary<string, Tensor> tensors = SafeTensors.ReadAll(path);

    public string Name => Path.GetFileNameWithoutExtension(path);

    public Tensor this[string name] => tensors.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"{path}: no tensor '{name}'.");

    public Tensor Expected(string name) => this["expected." + name];

    public bool Has(string name) => tensors.ContainsKey(name);

    public ModelInput Input => new()
    {
        InputIds = this["input_ids"],
        AttentionMask = this["attention_mask"],
        PixelValues = tensors.GetValueOrDefault("pixel_values"),
        ImageGrids = Grids("image_grid_thw"),
        VideoPixelValues = tensors.GetValueOrDefault("pixel_values_videos"),
        VideoGrids = Grids("video_grid_thw"),
        SecondPerGridTs = Has("second_per_grid_ts") ? this["second_per_grid_ts"].data<float>().ToArray() : [],
    };

    /// <summary>Zero at padding, <c>[batch, length, 1]</c>.</summary>
    public Tensor Keep => this["attention_mask"].unsqueeze(-1).to(float32);

    private GridThw[] Grids(string name) => !Has(name) ? []
        : [.. this[name].to(int64).data<long>().Chunk(3).Select(g => new GridThw((int)g[0], (int)g[1], (int)g[2]))];

    /// <summary>Folders below <c>models</c>.</summary>
    public static IEnumerable<string> Checkpoints() =>
        Directory.GetDirectories(Golden.File("models")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    /// <summary>Rows (checkpoint, case) of every stored case.</summary>
    public static TheoryData<string, string> All() => Rows("*.safetensors", ".safetensors");

    /// <summary>Rows (checkpoint, case) of files in the folder of cases.</summary>
    public static TheoryData<string, string> Rows(string pattern, string ending)
    {
        var rows = new TheoryData<string, string>();
        foreach (var checkpoint in Checkpoints().Where(c => Directory.Exists(Golden.File("models", c, "cases"))))
            foreach (var file in Directory.GetFiles(Golden.File("models", checkpoint, "cases"), pattern).Order(StringComparer.Ordinal))
                rows.Add(checkpoint, Path.GetFileName(file)[..^ending.Length]);
        return rows;
    }

    /// <summary>Rows (checkpoint, file): a case that stands beside the weights of one checkpoint belongs to every checkpoint of the same sizes, whatever
    /// the layout of keys and config.</summary>
    public static TheoryData<string, string> Twins()
    {
        var rows = new TheoryData<string, string>();
        foreach (var home in Checkpoints())
            foreach (var file in Directory.GetFiles(Golden.File("models", home), "*.safetensors").Where(IsCase).Order(StringComparer.Ordinal))
                foreach (var twin in Checkpoints()
                    .Where(c => QwenVlConfig.Load(Golden.File("models", c)).ToJson() == QwenVlConfig.Load(Golden.File("models", home)).ToJson()))
                    rows.Add(twin, file);
        return rows;
    }

    private static bool IsCase(string path)
    {
        using var file = SafeTensors.Open(path);
        return file.Contains("input_ids");
    }
}
