using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Crane.Core.Benchmark.Importing;

/// <summary>A record of a published file. Values are taken as these files write them: a number where an answer is text, a list where there are
/// several.</summary>
/// <param name="element">The JSON object.</param>
/// <param name="where">File and record, and what it stands in; named in errors.</param>
internal sealed class ImportRecord(JsonElement element, string where)
{
    /// <summary>File and record.</summary>
    public string Where => where;

    /// <summary>Reads the records of a file one after the other: a JSON list, or an object a line. Memory does not grow with the file.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A record is not JSON, or no object; the message names it. Records before it were handed out.</exception>
    public static async IAsyncEnumerable<ImportRecord> Read(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16,
            FileOptions.SequentialScan | FileOptions.Asynchronous);
        var lines = await FirstLetter(stream, cancellationToken) != '[';
        var number = 0;
        await using var records = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, topLevelValues: lines, cancellationToken: cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            number++;
            try { if (!await records.MoveNextAsync()) yield break; }
            catch (JsonException e) { throw new InvalidDataException($"{path}: record {number}: not valid JSON: {e.Message}", e); }
            if (records.Current.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{path}: record {number}: expected a JSON object, found {records.Current.ValueKind}.");
            yield return new(records.Current, $"{path}: record {number}");
        }
    }

    /// <summary>The edits of each record, one record after the other.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">What becomes of a damaged record.</param>
    /// <param name="edits">The edits of a record and its number from 1; perhaps none.</param>
    /// <param name="cancellationToken">Checked at every record.</param>
    public static async IAsyncEnumerable<BenchmarkEdit> Edits(string path, ImportSettings settings, Func<ImportRecord, int, IEnumerable<BenchmarkEdit>> edits,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var number = 0;
        await foreach (var record in Read(path, cancellationToken))
        {
            IReadOnlyList<BenchmarkEdit> read = [];
            try { read = [.. edits(record, ++number)]; }
            catch (InvalidDataException e) when (settings.SkipDamagedRecords) { settings.Skipped?.Invoke(e.Message); }
            foreach (var edit in read) yield return edit;
        }
    }

    /// <summary>Names of the fields that hold something.</summary>
    public IReadOnlyList<string> Fields => [.. element.EnumerateObject().Select(property => property.Name).Where(Has)];

    /// <summary>Whether a field is there and holds something.</summary>
    public bool Has(string field) => element.TryGetProperty(field, out var value) && value.ValueKind is not JsonValueKind.Null
        && !(value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString()))
            && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    /// <summary>Text, or a number or a truth value as text; of a list the first item.</summary>
    /// <exception cref="InvalidDataException">The field is missing, empty, or an object.</exception>
    public string Text(string field) => Texts(field)[0];

    /// <summary>The same of the first of several spellings that is there.</summary>
    public string Text(string field, params ReadOnlySpan<string> otherwise)
    {
        if (Has(field)) return Text(field);
        foreach (var other in otherwise)
            if (Has(other)) return Text(other);
        return Text(field);
    }

    /// <summary>The same, or "" where the field is missing or empty.</summary>
    public string TextOrEmpty(string field) => Has(field) ? Text(field) : "";

    /// <summary>All items of a list, or the one value.</summary>
    public string[] Texts(string field)
    {
        var value = Value(field);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => One(item, field))] : [One(value, field)];
    }

    /// <summary>An object inside this one.</summary>
    public ImportRecord Object(string field) => Value(field) is { ValueKind: JsonValueKind.Object } value ? new(value, $"{where}: {field}")
        : throw Wrong(field, "an object");

    /// <summary>Objects of a list; none where the field is missing or empty.</summary>
    public IReadOnlyList<ImportRecord> Objects(string field)
    {
        if (!Has(field)) return [];
        if (Value(field) is not { ValueKind: JsonValueKind.Array } list) throw Wrong(field, "a list of objects");
        return [.. list.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Object ? new ImportRecord(item, $"{where}: {field}[{i}]")
            : throw Wrong(field, "a list of objects"))];
    }

    private static string One(JsonElement value, string field, string where) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? whole.ToString(CultureInfo.InvariantCulture)
            : value.GetDouble().ToString(CultureInfo.InvariantCulture),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw new InvalidDataException($"{where}: field '{field}' must be text, found {value.ValueKind}."),
    };

    private string One(JsonElement value, string field) => One(value, field, where) is { Length: > 0 } text && text.Trim().Length > 0 ? text.Trim()
        : throw new InvalidDataException($"{where}: field '{field}' is empty.");

    private JsonElement Value(string field) => Has(field) ? element.GetProperty(field)
        : throw new InvalidDataException($"{where}: field '{field}' is missing or empty; found {string.Join(", ", element.EnumerateObject().Select(p => p.Name).Take(20))}.");

    private InvalidDataException Wrong(string field, string expected) =>
        new($"{where}: field '{field}' must be {expected}, found {element.GetProperty(field).ValueKind}.");

    /// <summary>The first letter that is no white space, after a byte order mark; the stream goes back to its start, or behind the mark.</summary>
    private static async Task<char> FirstLetter(FileStream stream, CancellationToken cancellationToken)
    {
        var head = new byte[64];
        var read = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        var mark = head is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0;
        stream.Position = mark;
        return (char)head[mark..read].FirstOrDefault(b => !char.IsWhiteSpace((char)b));
    }
}
