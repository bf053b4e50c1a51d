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
    };

    /// <summary>Zero at padding, <c>[batch, length, 1]</c>.</summary>
    public Tensor Keep => this["attention_mask"].unsqueeze(-1).to(float32);

    private GridThw[] Grids(string name) => !Has(name) ? []
        : [.. this[name].to(int64).data<long>().Chunk(3).Select(g => new GridThw((int)g[0], (int)g[1], (int)g[2]))];

    /// <summary>Folders below <c>models</c> whose config names the architecture.</summary>
    public static IEnumerable<string> Checkpoints(string modelType) =>
        Directory.GetDirectories(Golden.File("models")).Where(folder => JsonFields.ReadFile(Path.Combine(folder, "config.json")).Text("model_type", null) == modelType)
            .Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    /// <summary>Rows (checkpoint, case) of every stored case.</summary>
    public static TheoryData<string, string> All()
    {
        var rows = new TheoryData<string, string>();
        foreach (var checkpoint in Checkpoints(QwenVlConfig.Qwen3Vl))
            if (Directory.Exists(Golden.File("models", checkpoint, "cases")))
                foreach (var file in Directory.GetFiles(Golden.File("models", checkpoint, "cases"), "*.safetensors").Order(StringComparer.Ordinal))
                    rows.Add(checkpoint, Path.GetFileNameWithoutExtension(file));
        return rows;
    }
}
