using System.Text.Json;

namespace Crane.Core.Text.Jinja;

/// <summary>The value of a name that is not there: false, empty, and an error as soon as more is asked of it.</summary>
/// <param name="Reason">What to say then.</param>
internal sealed record Undefined(string Reason);

/// <summary>Something with attributes that templates read: a dict, a namespace, the loop.</summary>
internal sealed class JinjaDict : OrderedDictionary<string, object?>
{
    public JinjaDict() : base(StringComparer.Ordinal) { }
}

/// <summary>The one kind of value that a template can change.</summary>
internal sealed class JinjaNamespace(IEnumerable<KeyValuePair<string, object?>> members) : Dictionary<string, object?>(members);

/// <summary>A function, method or macro: positional and named arguments to a value.</summary>
internal delegate object? JinjaFunction(IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named);

/// <summary>
/// Values as templates know them: null, bool, long, double, string, <see cref="List{T}"/> of values, <see cref="JinjaDict"/>, <see cref="JinjaNamespace"/>,
/// <see cref="JinjaFunction"/>, <see cref="Undefined"/>.
/// </summary>
internal static class JinjaValues
{
    public static object? FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out var whole) && !json.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') ? (object)whole : json.GetDouble(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Array => json.EnumerateArray().Select(FromJson).ToList(),
        _ => DictOf(json.EnumerateObject().Select(property => (property.Name, FromJson(property.Value)))),
    };

    public static JinjaDict DictOf(IEnumerable<(string Key, object? Value)> items)
    {
        var dict = new JinjaDict();
        foreach (var (key, value) in items) dict[key] = value;
        return dict;
    }

    /// <summary>Applies a function to every text of a value, keys included.</summary>
    public static object? MapText(object? value, Func<string, string> map) => value switch
    {
        string text => map(text),
        List<object?> list => list.Select(item => MapText(item, map)).ToList(),
        JinjaDict dict => DictOf(dict.Select(pair => (map(pair.Key), MapText(pair.Value, map)))),
        _ => value,
    };

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        JinjaDict dict => dict.Count > 0,
        _ => true,
    };

    public static IEnumerable<object?> Items(object? value) => value switch
    {
        Undefined => [],
        List<object?> list => list,
        JinjaDict dict => dict.Keys,
        string text => Characters(text),
        _ => throw JinjaException.Type($"'{TypeName(value)}' object is not iterable"),
    };

    /// <summary>The characters of a text; one beyond the first plane counts once, as in Python.</summary>
    public static IEnumerable<string> Characters(string text) => text.EnumerateRunes().Select(rune => rune.ToString());

    public static int Length(object? value) => value switch
    {
        Undefined => 0,
        string text => text.EnumerateRunes().Count(),
        List<object?> list => list.Count,
        JinjaDict dict => dict.Count,
        _ => throw JinjaException.Type($"object of type '{TypeName(value)}' has no len()"),
    };

    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long => "int",
        double => "float",
        string => "str",
        List<object?> => "list",
        JinjaDict => "dict",
        JinjaNamespace => "Namespace",
        Undefined => "Undefined",
        _ => "function",
    };

    /// <summary>An attribute as <c>value.name</c> finds it: a method first, then a key.</summary>
    public static object? Attribute(object? value, string name) => Defined(value) switch
    {
        JinjaNamespace space when space.TryGetValue(name, out var found) => found,
        JinjaDict dict => JinjaMethods.Of(dict, name) ?? (dict.TryGetValue(name, out var found) ? found : Missing(value, name)),
        string text => JinjaMethods.Of(text, name) is { } method ? method : Missing(value, name),
        _ => Missing(value, name),
    };

    /// <summary>An item as <c>value[index]</c> finds it: a key first, then a method.</summary>
    public static object? Item(object? value, object? index) => (Defined(value), index) switch
    {
        (JinjaDict dict, string key) when dict.TryGetValue(key, out var found) => found,
        (List<object?> list, long at) when Within(at, list.Count) is { } place => list[place],
        (string text, long at) when Within(at, Length(text)) is { } place => Characters(text).ElementAt(place),
        (_, string name) => Attribute(value, name),
        _ => new Undefined($"{OwnerName(value)} has no element {JinjaText.Repr(index)}"),
    };

    public static object? Slice(object? value, long? start, long? stop, long step)
    {
        if (step == 0) throw new JinjaException("ValueError", "slice step cannot be zero");
        if (Defined(value) is not (string or List<object?>)) throw JinjaException.Type($"'{TypeName(value)}' object is not subscriptable");
        List<object?> items = [.. Items(value)];
        var (low, high) = step > 0 ? (0L, (long)items.Count) : (-1L, items.Count - 1L);
        long Place(long? at, long otherwise) => at is not { } given ? otherwise : Math.Clamp(given < 0 ? given + items.Count : given, low, high);
        var (first, last) = (Place(start, step > 0 ? low : high), Place(stop, step > 0 ? high : low));
        var taken = new List<object?>();
        for (var at = first; step > 0 ? at < last : at > last; at += step) taken.Add(items[(int)at]);
        return value is string ? string.Concat(taken) : taken;
    }

    /// <summary>The value, or the error that an undefined one stands for.</summary>
    public static object? Defined(object? value) => value is Undefined undefined ? throw new JinjaException("UndefinedError", undefined.Reason) : value;

    private static Undefined Missing(object? value, string name) => new($"'{OwnerName(value)}' has no attribute '{name}'");

    private static string OwnerName(object? value) => value is null ? "None" : TypeName(value) + " object";

    private static int? Within(long at, int count) => (at < 0 ? at + count : at) is >= 0 and var place && place < count ? (int)place : null;
}
