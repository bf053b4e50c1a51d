using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Reads a safetensors file through a memory map, and writes one. Disposing closes the map; tensors read before stay valid.</summary>
/// <remarks>The map is opened a window at a time, so that a reader's memory holds the tensors and one window, never a second copy of the file.</remarks>
public sealed class SafeTensors : IDisposable
{
    private const int Window = 1 << 20;   // bytes that are mapped or written at a time; a multiple of every element's size

    private readonly MemoryMappedFile map;
    private readonly Dictionary<string, TensorEntry> entries;

    private SafeTensors(string path, SafeTensorsHeader header, MemoryMappedFile map)
    {
        (Path, Header, this.map) = (path, header, map);
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
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = empty(entry.Shape, dtype: entry.Type);
        ReadInto(name, tensor);
        return tensor;
    }

    /// <summary>Copies a tensor out of the map into memory that is there already, of any type and on any device, a window at a time.</summary>
    /// <param name="name">The tensor in the file.</param>
    /// <param name="target">Contiguous, of the same number of elements.</param>
    /// <param name="cancellationToken">Checked at every window.</param>
    /// <exception cref="KeyNotFoundException">The file has no tensor of this name.</exception>
    /// <exception cref="ArgumentException">The target has another number of elements.</exception>
    public void ReadInto(string name, Tensor target, CancellationToken cancellationToken = default)
    {
        var entry = Entry(name);
        var size = SafeTensorsHeader.SizeOf(entry.Type);
        if (target.numel() * size != entry.End - entry.Begin)
            throw new ArgumentException($"{Path}: tensor '{name}' [{string.Join(", ", entry.Shape)}] does not fit into [{string.Join(", ", target.shape)}].",
                nameof(target));
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var flat = target.view(-1);
        for (long done = 0; done < flat.numel(); done += Window / size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var window = NewDisposeScope();
            var part = flat.narrow(0, done, Math.Min(Window / size, flat.numel() - done));
            var inPlace = target.dtype == entry.Type && target.device_type == DeviceType.CPU;
            var bytes = inPlace ? part : empty(part.shape, dtype: entry.Type);
            CopyWindow(entry.Begin + done * size, bytes.bytes);
            if (!inPlace) part.copy_(bytes);
        }
    }

    private unsafe void CopyWindow(long from, Span<byte> to)
    {
        using var view = map.CreateViewAccessor(from, to.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try { new ReadOnlySpan<byte>(start + view.PointerOffset, to.Length).CopyTo(to); }
        finally { view.SafeMemoryMappedViewHandle.ReleasePointer(); }
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
            root["__metadata__"] =
                new JsonObject(metadata.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
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
        var step = Window / SafeTensorsHeader.SizeOf(tensor.dtype);
        for (long done = 0; done < flat.numel(); done += step)
            stream.Write(flat.narrow(0, done, Math.Min(step, flat.numel() - done)).bytes);
    }

    /// <inheritdoc/>
    public void Dispose() => map.Dispose();
}
