using System.Text.Json;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>The tensors of a checkpoint folder: one <c>model.safetensors</c>, or shards named by <c>model.safetensors.index.json</c>.</summary>
public sealed class CheckpointFiles : IDisposable
{
    private const string Single = "model.safetensors", Index = "model.safetensors.index.json";
    private readonly List<SafeTensors> files = [];
    private readonly Dictionary<string, SafeTensors> home = [];

    private CheckpointFiles(string folder) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>All names.</summary>
    public IReadOnlyCollection<string> Names => home.Keys;

    /// <summary>Opens the files and checks their headers.</summary>
    /// <exception cref="FileNotFoundException">Neither file nor index, or a shard of the index is absent.</exception>
    /// <exception cref="InvalidDataException">A header or the index is damaged, or two shards hold one tensor.</exception>
    public static CheckpointFiles Open(string folder)
    {
        var checkpoint = new CheckpointFiles(folder);
        try
        {
            foreach (var path in Paths(folder)) checkpoint.Add(path);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The file that holds a tensor.</summary>
    /// <exception cref="KeyNotFoundException">No file has it.</exception>
    public SafeTensors FileOf(string name) =>
        home.TryGetValue(name, out var file) ? file : throw new KeyNotFoundException($"{Folder}: no tensor '{name}' in the checkpoint.");

    /// <summary>Whether a file holds a tensor of this name.</summary>
    public bool Contains(string name) => home.ContainsKey(name);

    private void Add(string path)
    {
        var file = SafeTensors.Open(path);
        files.Add(file);
        foreach (var name in file.Names)
            if (!home.TryAdd(name, file)) throw new InvalidDataException($"Tensor '{name}' is in two shards: {home[name].Path} and {path}.");
    }

    private static IEnumerable<string> Paths(string folder)
    {
        var (single, index) = (Path.Combine(folder, Single), Path.Combine(folder, Index));
        if (File.Exists(single)) return [single];
        if (!File.Exists(index)) throw new FileNotFoundException($"{folder}: neither {Single} nor {Index}. Is it a Hugging Face checkpoint folder?");
        return Shards(folder, index);
    }

    private static IEnumerable<string> Shards(string folder, string index)
    {
        JsonElement map;
        try { map = JsonDocument.Parse(File.ReadAllBytes(index)).RootElement; }
        catch (JsonException e) { throw new InvalidDataException($"{index}: not valid JSON: {e.Message}", e); }
        if (map.ValueKind != JsonValueKind.Object || !map.TryGetProperty("weight_map", out var weights) || weights.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{index}: field 'weight_map' is missing or not an object.");
        foreach (var shard in weights.EnumerateObject().Select(p => p.Value.ToString()).Distinct().Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(shard) != shard) throw new InvalidDataException($"{index}: shard '{shard}' is not a plain file name.");
            var path = Path.Combine(folder, shard);
            yield return File.Exists(path) ? path
                : throw new FileNotFoundException($"{index} names shard '{shard}', which is not in the folder. The download may be incomplete.", path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in files) file.Dispose();
    }
}
