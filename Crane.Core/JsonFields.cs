using System.Text.Json;

namespace Crane.Core;

/// <summary>Reads the fields of a JSON object; a field that is missing or of the wrong kind is named with its file and path.</summary>
public readonly struct JsonFields
{
    private readonly JsonElement element;
    private readonly string where;

    private JsonFields(JsonElement element, string where) => (this.element, this.where) = (element, where);

    /// <summary>Reads a file that holds one JSON object.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">It is not JSON or not an object.</exception>
    public static JsonFields ReadFile(string path)
    {
        try { return Of(JsonDocument.Parse(File.ReadAllBytes(path), new() { CommentHandling = JsonCommentHandling.Skip }).RootElement, path); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: not valid JSON: {e.Message}", e); }
    }

    /// <summary>Wraps an element.</summary>
    /// <param name="element">Must be an object.</param>
    /// <param name="where">File or path, named in errors.</param>
    public static JsonFields Of(JsonElement element, string where) => element.ValueKind == JsonValueKind.Object ? new(element, where)
        : throw new InvalidDataException($"{where}: expected a JSON object, found {element.ValueKind}.");

    /// <summary>File and path of this object.</summary>
    public string Where => where;

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether the field is there and is an object.</summary>
    public bool HasObject(string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object;

    /// <summary>An object inside this one.</summary>
    public JsonFields Object(string name) => Of(Get(name), $"{where}: {name}");

    /// <summary>The first of several names that is an object here.</summary>
    public JsonFields? ObjectOrNull(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Has(name)) return Object(name);
        return null;
    }

    /// <summary>A whole number.</summary>
    public int Int(string name) => Get(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number
        : throw Wrong(name, "a whole number");

    /// <summary>A whole number of at least 1, as sizes are.</summary>
    public int Size(string name) => Int(name) is > 0 and var size ? size : throw Wrong(name, "a whole number of at least 1");

    /// <summary>A whole number, or a default where the field is absent or null.</summary>
    public int Int(string name, int otherwise) => Has(name) ? Int(name) : otherwise;

    /// <summary>A number, or a default where the field is absent or null.</summary>
    public double Double(string name, double otherwise) => !Has(name) ? otherwise
        : Get(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : throw Wrong(name, "a number");

    /// <summary>true or false, or a default where the field is absent or null.</summary>
    public bool Bool(string name, bool otherwise) => !Has(name) ? otherwise
        : Get(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : throw Wrong(name, "true or false");

    /// <summary>Text, or a default where the field is absent or null.</summary>
    public string? Text(string name, string? otherwise) => !Has(name) ? otherwise
        : Get(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : throw Wrong(name, "text");

    /// <summary>A token's text, written as text or as an object with a content; null where absent.</summary>
    public string? Token(string name) => !Has(name) ? null : element.GetProperty(name).ValueKind == JsonValueKind.Object ? Object(name).Text("content", null)
        : Text(name, null);

    /// <summary>A list of whole numbers; a single number counts as a list of one.</summary>
    public int[] Ints(string name)
    {
        var value = Get(name);
        if (value.ValueKind == JsonValueKind.Number) return [Int(name)];
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(name, "a list of whole numbers");
        var numbers = new List<int>();
        foreach (var item in value.EnumerateArray())
            numbers.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) ? number : throw Wrong(name, "a list of whole numbers"));
        return [.. numbers];
    }

    /// <summary>A list of exactly so many numbers.</summary>
    public float[] Floats(string name, int count)
    {
        var value = Get(name);
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != count || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.Number))
            throw Wrong(name, $"a list of {count} numbers");
        return [.. value.EnumerateArray().Select(v => v.GetSingle())];
    }

    /// <summary>The value itself, or null where the field is absent or null.</summary>
    public JsonElement? Element(string name) => Has(name) ? element.GetProperty(name) : null;

    private JsonElement Get(string name) => Has(name) ? element.GetProperty(name)
        : throw new InvalidDataException($"{where}: field '{name}' is missing; found {string.Join(", ", element.EnumerateObject().Select(p => p.Name).Take(20))}.");

    private InvalidDataException Wrong(string name, string expected) =>
        new($"{where}: field '{name}' must be {expected}, found {Short(element.GetProperty(name).GetRawText())}.");

    private static string Short(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
