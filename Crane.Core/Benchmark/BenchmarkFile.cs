using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Benchmark;

/// <summary>Benchmark files: one edit a line as JSON, UTF-8, LF, the same bytes on every platform.</summary>
public static class BenchmarkFile
{
    /// <summary>Version of the form that this kit writes, and the only one that it reads.</summary>
    public const int Version = 1;

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver { Modifiers = { AbsentMeansNull } },
    };

    /// <summary>Writes edits, one a line.</summary>
    public static void Write(string path, IEnumerable<BenchmarkEdit> edits) => AtomicFile.WriteAllBytes(path, Bytes(edits));

    /// <summary>The bytes of a file with these edits.</summary>
    public static byte[] Bytes(IEnumerable<BenchmarkEdit> edits) =>
        Encoding.UTF8.GetBytes(string.Concat(edits.Select(edit => JsonSerializer.Serialize(edit, Layout) + "\n")));

    /// <summary>SHA-256 over the bytes of the file, in lower-case hexadecimal.</summary>
    public static string Hash(IEnumerable<BenchmarkEdit> edits) => Convert.ToHexStringLower(SHA256.HashData(Bytes(edits)));

    /// <summary>Reads one of the shipped files of data/benchmark.</summary>
    /// <param name="split">train, dev or test.</param>
    public static IReadOnlyList<BenchmarkEdit> Shipped(string split) => Read(DataFolder.Of("benchmark", split + ".jsonl"));

    /// <summary>Reads a file of edits.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A line is damaged, of another version, lacks a field, or says something impossible; the message names line and
    /// field.</exception>
    public static IReadOnlyList<BenchmarkEdit> Read(string path)
    {
        var edits = new List<BenchmarkEdit>();
        var number = 0;
        foreach (var line in File.ReadLines(path, new UTF8Encoding(false, throwOnInvalidBytes: false)))
            if (++number > 0 && line.Length > 0) edits.Add(Parse(line, $"{path}: line {number}"));
        CheckIds(edits, path);
        return edits;
    }

    private static BenchmarkEdit Parse(string line, string where)
    {
        try
        {
            var edit = JsonSerializer.Deserialize<BenchmarkEdit>(line, Layout) ?? throw new InvalidDataException($"{where}: is null.");
            BenchmarkCheck.Edit(edit, where);
            return edit;
        }
        catch (JsonException e) { throw new InvalidDataException($"{where}: field {e.Path ?? "$"}: {e.Message}", e); }
    }

    private static void CheckIds(List<BenchmarkEdit> edits, string path)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in edits.Select(e => e.Id).Concat(edits.SelectMany(e => e.Probes).Select(p => p.Id)))
            if (!ids.Add(id)) throw new InvalidDataException($"{path}: the id '{id}' stands twice; ids of edits and probes are unique in a file.");
        var known = edits.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var edit in edits)
        {
            if (edit.PartnerOf is { } partner && !known.Contains(partner))
                throw new InvalidDataException($"{path}: edit '{edit.Id}': field 'partner_of' names '{partner}', which the file does not have.");
            foreach (var probe in edit.Probes)
                if (probe.EditIds.FirstOrDefault(id => !known.Contains(id)) is { } missing)
                    throw new InvalidDataException($"{path}: probe '{probe.Id}': field 'edit_ids' names '{missing}', which the file does not have.");
        }
    }

    /// <summary>Nulls are not written, so parameters that may be null are not asked for.</summary>
    private static void AbsentMeansNull(System.Text.Json.Serialization.Metadata.JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property.IsGetNullable) property.IsRequired = false;
    }
}
