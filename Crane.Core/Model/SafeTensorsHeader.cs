using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="Name">The tensor's key.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its sizes; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the start of the file.</param>
/// <param name="End">One past the last byte.</param>
public sealed record TensorEntry(string Name, ScalarType Type, long[] Shape, long Begin, long End);

/// <summary>The header of a safetensors file, checked before any tensor is touched: a little-endian 64-bit length, then JSON
/// <c>{name: {dtype, shape, data_offsets}}</c>, then the data without gaps (format of huggingface/safetensors).</summary>
public sealed class SafeTensorsHeader
{
    private const long LongestHeader = 100_000_000;

    /// <summary>Element types by their name in the file.</summary>
    public static IReadOnlyDictionary<string, ScalarType> Types { get; } = new Dictionary<string, ScalarType>
    {
        ["F64"] = float64, ["F32"] = float32, ["F16"] = float16, ["BF16"] = bfloat16, ["I64"] = int64, ["I32"] = int32,
        ["I16"] = int16, ["I8"] = int8, ["U8"] = uint8, ["BOOL"] = ScalarType.Bool,
    };

    /// <summary>Bytes of one element.</summary>
    internal static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };

    /// <summary>The tensors in the order of their data.</summary>
    public required IReadOnlyList<TensorEntry> Entries { get; init; }

    /// <summary>The free text pairs under <c>__metadata__</c>.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="stream">Positioned at the start of the file; must know its length.</param>
    /// <param name="path">Named in errors.</param>
    /// <exception cref="InvalidDataException">The header is cut, lies about lengths or types, or its ranges overlap or leave gaps.</exception>
    public static SafeTensorsHeader Read(Stream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 8)
            throw Bad(path, $"has {stream.Length} bytes; a safetensors file starts with 8 bytes that hold the header's length. It is empty or cut off.");
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length < 2 || length > LongestHeader || length > stream.Length - 8)
            throw Bad(path, $"declares a header of {length} bytes, but {stream.Length - 8} bytes follow. It is cut off or not a safetensors file.");
        var json = new byte[length];
        stream.ReadExactly(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            return Check(document.RootElement, dataStart: 8 + length, fileLength: stream.Length, path);
        }
        catch (JsonException e) { throw new InvalidDataException($"{path}: the header is not JSON: {e.Message}", e); }
    }

    private static SafeTensorsHeader Check(JsonElement root, long dataStart, long fileLength, string path)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Bad(path, $"its header is a JSON {root.ValueKind}, expected an object.");
        var metadata = new Dictionary<string, string>();
        var entries = new List<TensorEntry>();
        var names = new HashSet<string>();
        foreach (var property in root.EnumerateObject())
        {
            if (!names.Add(property.Name)) throw Bad(path, $"names tensor '{property.Name}' twice.");
            if (property.Name != "__metadata__") entries.Add(Entry(property, dataStart, path));
            else if (property.Value.ValueKind == JsonValueKind.Object)
                foreach (var pair in property.Value.EnumerateObject()) metadata[pair.Name] = pair.Value.ToString();
        }
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        var expected = dataStart;
        foreach (var entry in entries)
        {
            if (entry.Begin != expected)
                throw Bad(path, $"tensor '{entry.Name}' starts at byte {entry.Begin - dataStart} of the data, expected {expected - dataStart}: ranges overlap or leave a gap.");
            if (entry.End > fileLength)
                throw Bad(path, $"tensor '{entry.Name}' ends at byte {entry.End}, but the file has {fileLength}. It is cut off.");
            expected = entry.End;
        }
        if (expected != fileLength) throw Bad(path, $"{fileLength - expected} bytes follow the last tensor.");
        return new SafeTensorsHeader { Entries = entries, Metadata = metadata };
    }

    private static TensorEntry Entry(JsonProperty property, long dataStart, string path)
    {
        var (name, value) = (property.Name, property.Value);
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || Numbers(value, "shape") is not { } shape || Numbers(value, "data_offsets") is not { Length: 2 } offsets)
            throw Bad(path, $"tensor '{name}' lacks dtype, shape or data_offsets, or one is of the wrong kind.");
        if (!Types.TryGetValue(dtype.GetString()!, out var type))
            throw Bad(path, $"tensor '{name}' has dtype '{dtype}', expected one of {string.Join(", ", Types.Keys)}.");
        if (shape.Any(size => size < 0) || offsets[0] < 0 || offsets[1] < offsets[0])
            throw Bad(path, $"tensor '{name}' has shape [{string.Join(", ", shape)}] and offsets [{string.Join(", ", offsets)}]; sizes must not be negative, ranges not backwards.");
        var bytes = shape.Aggregate((Int128)SizeOf(type), (product, size) => product * size);
        if (bytes != offsets[1] - offsets[0])
            throw Bad(path, $"tensor '{name}' {dtype} [{string.Join(", ", shape)}] needs {bytes} bytes, its range has {offsets[1] - offsets[0]}.");
        return new TensorEntry(name, type, shape, dataStart + offsets[0], dataStart + offsets[1]);
    }

    private static long[]? Numbers(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array) return null;
        var numbers = new List<long>();
        foreach (var item in list.EnumerateArray())
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number)) numbers.Add(number);
            else return null;
        return [.. numbers];
    }

    private static InvalidDataException Bad(string path, string what) => new($"{path}: {what}");
}
