using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Loads a model from a Hugging Face folder and saves it as one.</summary>
public static class Checkpoint
{
    /// <summary>Reads config and weights. Memory peaks at the weights in their target type and one window of a file.</summary>
    /// <param name="folder">With <c>config.json</c> and <c>model.safetensors</c> or shards, in either layout of keys.</param>
    /// <param name="type">Element type of the weights in memory; null: float32.</param>
    /// <param name="device">Where they go; null: CPU.</param>
    /// <param name="progress">One report a tensor.</param>
    /// <param name="cancellationToken">Checked at every tensor, and inside large ones.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, extra or of another shape: all of them are named.</exception>
    public static QwenVl Load(string folder, ScalarType? type = null, Device? device = null, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        NativeTorch.Ensure();
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: no such checkpoint folder.");
        var config = QwenVlConfig.Load(folder);
        return Read(folder, () => QwenVl.ToBeLoaded(config, type ?? float32), CheckpointKeys.LayoutOf, device, progress, cancellationToken);
    }

    /// <summary>Reads a decoder without a vision tower (Qwen2, Qwen3).</summary>
    /// <param name="folder">As for <see cref="Load"/>.</param>
    /// <param name="type">Element type of the weights in memory; null: float32.</param>
    /// <param name="device">Where they go; null: CPU.</param>
    /// <param name="progress">One report a tensor.</param>
    /// <param name="cancellationToken">Checked at every tensor, and inside large ones.</param>
    /// <exception cref="InvalidDataException">Another architecture, or a tensor is missing, extra or of another shape: all of them are named.</exception>
    public static TextModel LoadText(string folder, ScalarType? type = null, Device? device = null, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        NativeTorch.Ensure();
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: no such checkpoint folder.");
        var config = TextModelConfig.Load(folder);
        return Read(folder, () => TextModel.ToBeLoaded(config, type ?? float32), _ => name => name, device, progress, cancellationToken);
    }

    private static TModel Read<TModel>(string folder, Func<TModel> create, Func<IEnumerable<string>, Func<string, string>> layoutOf, Device? device,
        IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken) where TModel : CausalModel
    {
        using var files = CheckpointFiles.Open(folder);
        cancellationToken.ThrowIfCancellationRequested();
        var model = create();
        try
        {
            var keyOf = layoutOf(files.Names);
            Compare(files, model.named_parameters().ToDictionary(p => keyOf(p.name), p => p.parameter.shape));
            if (device is not null) model.to(device);
            var parameters = model.named_parameters().ToList();
            foreach (var (index, (name, parameter)) in parameters.Index())
            {
                files.FileOf(keyOf(name)).ReadInto(keyOf(name), parameter, cancellationToken);
                progress?.Report(new("load", index + 1, parameters.Count, name));
            }
            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>, under the keys that Hugging Face uses for the architecture; the same weights give the
    /// same bytes.</summary>
    public static void Save(QwenVl model, string folder)
    {
        Directory.CreateDirectory(folder);
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), Tensors(model), new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteAllText(Path.Combine(folder, "config.json"), model.Config.ToJson());
    }

    /// <summary>The weights under the names that <see cref="Save"/> gives them.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Tensors(QwenVl model)
    {
        Func<string, string> keyOf = model.Config.Architecture.WritesPublishedKeys ? CheckpointKeys.OfPublished : CheckpointKeys.OfModule;
        return model.named_parameters().Select(p => KeyValuePair.Create(keyOf(p.name), (Tensor)p.parameter));
    }

    private static void Compare(CheckpointFiles files, Dictionary<string, long[]> expected)
    {
        var wrong = new List<string>();
        foreach (var (key, shape) in expected)
            if (!files.Contains(key)) wrong.Add($"'{key}' [{string.Join(", ", shape)}] is missing");
            else if (files.FileOf(key).Entry(key).Shape is var found && !found.SequenceEqual(shape))
                wrong.Add($"'{key}' is [{string.Join(", ", found)}], the config asks for [{string.Join(", ", shape)}]");
        // A tied checkpoint may repeat its embedding as a head; Hugging Face ignores it too.
        wrong.AddRange(files.Names.Where(name => !expected.ContainsKey(name) && name != "lm_head.weight").Order(StringComparer.Ordinal)
            .Select(name => $"'{name}' is unexpected"));
        if (wrong.Count > 0)
            throw new InvalidDataException($"{files.Folder}: {wrong.Count} tensors do not fit the config, which may belong to another checkpoint: {string.Join("; ", wrong.Take(8))}{(wrong.Count > 8 ? "; …" : "")}.");
    }
}
