using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Loads a model from a Hugging Face folder and saves it as one.</summary>
public static class Checkpoint
{
    private static readonly string[] UnderModel = ["visual.", "language_model."];

    /// <summary>A parameter's name in the checkpoint: tower and decoder stand under <c>model.</c>, the head does not.</summary>
    public static string KeyOf(string parameter) => UnderModel.Any(prefix => parameter.StartsWith(prefix, StringComparison.Ordinal)) ? "model." + parameter : parameter;

    /// <summary>Reads config and weights.</summary>
    /// <param name="folder">With <c>config.json</c> and <c>model.safetensors</c> or shards.</param>
    /// <param name="type">Element type of the weights in memory; null: float32.</param>
    /// <param name="device">Where they go; null: CPU.</param>
    /// <param name="progress">One report a tensor.</param>
    /// <param name="cancellationToken">Checked at every tensor.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, extra or of another shape: all of them are named.</exception>
    public static QwenVl Load(string folder, ScalarType? type = null, Device? device = null, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        NativeTorch.Ensure();
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: no such checkpoint folder.");
        var config = QwenVlConfig.Load(folder);
        using var files = CheckpointFiles.Open(folder);
        var model = new QwenVl(config);
        try
        {
            var parameters = model.named_parameters().ToList();
            Compare(files, parameters);
            if (type is { } wanted) model.to(wanted);
            if (device is not null) model.to(device);
            using var none = no_grad();
            var done = 0;
            foreach (var (name, parameter) in model.named_parameters())
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var source = files.Read(KeyOf(name));
                parameter.copy_(source);
                progress?.Report(new("load", ++done, parameters.Count, name));
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

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>; the same weights give the same bytes.</summary>
    public static void Save(QwenVl model, string folder)
    {
        Directory.CreateDirectory(folder);
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), Tensors(model), new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteAllText(Path.Combine(folder, "config.json"), model.Config.ToJson());
    }

    /// <summary>The weights under their checkpoint names.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Tensors(QwenVl model) =>
        model.named_parameters().Select(p => KeyValuePair.Create(KeyOf(p.name), (Tensor)p.parameter));

    private static void Compare(CheckpointFiles files, List<(string name, Parameter parameter)> parameters)
    {
        var expected = parameters.ToDictionary(p => KeyOf(p.name), p => p.parameter.shape);
        var wrong = new List<string>();
        foreach (var (key, shape) in expected)
            if (!files.Names.Contains(key)) wrong.Add($"'{key}' [{string.Join(", ", shape)}] is missing");
            else if (files.FileOf(key).Entry(key).Shape is var found && !found.SequenceEqual(shape))
                wrong.Add($"'{key}' is [{string.Join(", ", found)}], the config asks for [{string.Join(", ", shape)}]");
        // A tied checkpoint may repeat its embedding as a head; Hugging Face ignores it too.
        wrong.AddRange(files.Names.Where(name => !expected.ContainsKey(name) && name != "lm_head.weight").Order(StringComparer.Ordinal).Select(name => $"'{name}' is unexpected"));
        if (wrong.Count > 0)
            throw new InvalidDataException($"{files.Folder}: {wrong.Count} tensors do not fit the config, which may belong to another checkpoint: {string.Join("; ", wrong.Take(8))}{(wrong.Count > 8 ? "; …" : "")}.");
    }
}
