using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Reads a safetensors file through a memory map, and writes one. Disposing closes the map; tensors read before stay valid.</summary>
public sealed class SafeTensors : IDisposable
{
    private const int Chunk = 1 << 28;   // elements a copy; a Span ends at 2^31 bytes

    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly Dictionary<string, TensorEntry> entries;

    private SafeTensors(string path, SafeTensorsHeader header, MemoryMappedFile map)
    {
        (Path, Header, this.map) = (path, header, map);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        entries = header.Entries.ToDictionary(entry => entry.Name);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its checked header.</summary>
    public SafeTensorsHeader Header { get; }

    /// <summary>Names in the order of the data.</summary>
    public IEnumerable<string> Names => Header.Entries.Select(entry => entry.Name);

    /// <summary>Opens a file and checks its header; no tensor is read yet.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">See <see cref="SafeTensorsHeader.Read"/>.</exception>
    public static SafeTensors Open(string path)
    {
        using var stream = File.OpenRead(path);
        var header = SafeTensorsHeader.Read(stream, path);
        return new SafeTensors(path, header, MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read));
    }

    /// <summary>Whether the file holds a tensor of this name.</summary>
    public bool Contains(string name) => entries.ContainsKey(name);

    /// <summary>Type, shape and place of a tensor.</summary>
    /// <exception cref="KeyNotFoundException">The file has no tensor of this name.</exception>
    public TensorEntry Entry(string name) => entries.TryGetValue(name, out var entry) ? entry
        : throw new KeyNotFoundException($"{Path}: no tensor '{name}'; it holds {entries.Count}, the first are {string.Join(", ", Names.Take(5))}.");

    /// <summary>Copies a tensor out of the map, at the type of the file.</summary>
    public unsafe Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = empty(entry.Shape, dtype: entry.Type);
        if (entry.End == entry.Begin) return tensor;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            using var scope = NewDisposeScope();
            var flat = tensor.view(-1);
            var size = SafeTensorsHeader.SizeOf(entry.Type);
            for (long done = 0; done < flat.numel(); done += Chunk / size)
            {
                var count = Math.Min(Chunk / size, flat.numel() - done);
                new ReadOnlySpan<byte>(start + view.PointerOffset + entry.Begin + done * size, (int)(count * size)).CopyTo(flat.narrow(0, done, count).bytes);
            }
        }
        finally { view.SafeMemoryMappedViewHandle.ReleasePointer(); }
        return tensor;
    }

    /// <summary>Reads every tensor of a file.</summary>
    public static Dictionary<string, Tensor> ReadAll(string path)
    {
        using var file = Open(path);
        return file.Names.ToDictionary(name => name, file.Read);
    }

    /// <summary>Writes tensors in the order of their names, to a temporary file that then takes the place of <paramref name="path"/>.
    /// The same tensors give the same bytes.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var header = HeaderBytes(ordered, metadata);
        var temporary = path + ".tmp";
        using (var stream = File.Create(temporary))
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
            stream.Write(prefix);
            stream.Write(header);
            foreach (var (_, tensor) in ordered) WriteData(stream, tensor);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private static byte[] HeaderBytes(List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var root = new JsonObject();
        if (metadata is { Count: > 0 })
            root["__metadata__"] = new JsonObject(metadata.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        long offset = 0;
        foreach (var (name, tensor) in tensors)
        {
            var bytes = tensor.numel() * SafeTensorsHeader.SizeOf(tensor.dtype);
            root[name] = new JsonObject
            {
                ["dtype"] = SafeTensorsHeader.Types.First(pair => pair.Value == tensor.dtype).Key,
                ["shape"] = new JsonArray([.. tensor.shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, offset + bytes),
            };
            offset += bytes;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(root);
        var padded = new byte[(json.Length + 7) / 8 * 8];   // data starts at a multiple of 8, filled with spaces
        json.CopyTo(padded, 0);
        padded.AsSpan(json.Length).Fill((byte)' ');
        return padded;
    }

    private static void WriteData(FileStream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var step = Chunk / SafeTensorsHeader.SizeOf(tensor.dtype);
        for (long done = 0; done < flat.numel(); done += step)
            stream.Write(flat.narrow(0, done, Math.Min(step, flat.numel() - done)).bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view.Dispose();
        map.Dispose();
    }
}
