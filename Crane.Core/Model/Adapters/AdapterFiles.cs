using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model.Adapters;

/// <summary>An adapter's folder as PEFT lays it out: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
internal static class AdapterFiles
{
    private const string ConfigFile = "adapter_config.json", WeightsFile = "adapter_model.safetensors";

    /// <summary>Reads the config.</summary>
    /// <exception cref="FileNotFoundException">The folder has none.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of a kind that cannot be loaded.</exception>
    public static LoraConfig ReadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        if (!File.Exists(path)) throw new FileNotFoundException($"{folder}: no {ConfigFile}. Is it the folder of a PEFT adapter?", path);
        return AdapterConfigJson.Read(path);
    }

    /// <summary>Reads the weights into an adapter of the config.</summary>
    /// <exception cref="InvalidDataException">Tensors are missing, extra or of another shape: they are named.</exception>
    public static void ReadWeights(string folder, LoraAdapter adapter)
    {
        var path = Path.Combine(folder, WeightsFile);
        if (!File.Exists(path)) throw new FileNotFoundException($"{folder}: no {WeightsFile}. A pickled adapter_model.bin cannot be read; save it again with safe_serialization=True.", path);
        using var file = SafeTensors.Open(path);
        var pairs = adapter.Tensors.Select(t => (Tensor: t, Key: file.Contains(t.Key) ? t.Key : t.PublishedKey)).ToList();
        Compare(path, file, pairs);
        using var none = no_grad();
        foreach (var (tensor, key) in pairs) file.ReadInto(key, tensor.Parameter, CancellationToken.None);
    }

    /// <summary>Writes both files; the same adapter gives the same bytes.</summary>
    public static void Write(string folder, LoraAdapter adapter)
    {
        Directory.CreateDirectory(folder);
        SafeTensors.Write(Path.Combine(folder, WeightsFile), adapter.Tensors.Select(t => KeyValuePair.Create(t.Key, (Tensor)t.Parameter)),
            new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigFile), AdapterConfigJson.Write(adapter.Config));
    }

    private static void Compare(string path, SafeTensors file, IReadOnlyList<(AdapterTensor Tensor, string Key)> pairs)
    {
        var wrong = new List<string>();
        foreach (var (tensor, key) in pairs)
            if (!file.Contains(key)) wrong.Add($"'{tensor.Key}' is missing");
            else if (file.Entry(key).Shape is var found && !found.SequenceEqual(tensor.Parameter.shape))
                wrong.Add($"'{key}' is [{string.Join(", ", found)}], config and base ask for [{string.Join(", ", tensor.Parameter.shape)}]");
        var expected = pairs.Select(pair => pair.Key).ToHashSet();
        wrong.AddRange(file.Names.Where(name => !expected.Contains(name)).Order(StringComparer.Ordinal)
            .Select(name => $"'{name}' belongs to no module that is adapted"));
        if (wrong.Count > 0)
            throw new InvalidDataException($"{path}: {wrong.Count} tensors do not fit: {string.Join("; ", wrong.Take(8))}{(wrong.Count > 8 ? "; …" : "")}. "
                + "The adapter may be for another base, or its config for another adapter.");
    }
}
