using System.Globalization;

namespace Crane.Core.Text.Jinja;

/// <summary>The methods of texts and dicts that templates call. None changes its object.</summary>
internal static class JinjaMethods
{
    public static JinjaFunction? Of(JinjaDict dict, string name) => name switch
    {
        "items" => (_, _) => Pairs(dict),
        "keys" => (_, _) => dict.Keys.ToList<object?>(),
        "values" => (_, _) => dict.Values.ToList(),
        "get" => (args, named) => args.Count > 0 && args[0] is string key && dict.TryGetValue(key, out var found) ? found
            : args.Count > 1 ? args[1] : named.GetValueOrDefault("default"),
        _ => null,
    };

    public static JinjaFunction? Of(string text, string name) => name switch
    {
        "strip" => (args, _) => Trim(text, args, start: true, end: true),
        "lstrip" => (args, _) => Trim(text, args, start: true, end: false),
        "rstrip" => (args, _) => Trim(text, args, start: false, end: true),
        "split" => (args, named) => Split(text, Argument(args, named, 0, "sep"), Limit(args, named, 1, "maxsplit")),
        "rsplit" => (args, named) => SplitFromEnd(text, Argument(args, named, 0, "sep"), Limit(args, named, 1, "maxsplit")),
        "splitlines" => (_, _) => text.ReplaceLineEndings("\n").TrimEndOnce('\n').Split('\n').ToList<object?>(),
        "startswith" => (args, _) => Affixes(args).Exists(affix => text.StartsWith(affix, StringComparison.Ordinal)),
        "endswith" => (args, _) => Affixes(args).Exists(affix => text.EndsWith(affix, StringComparison.Ordinal)),
        "removeprefix" => (args, _) => text.StartsWith(Text(args, 0), StringComparison.Ordinal) ? text[Text(args, 0).Length..] : text,
        "removesuffix" => (args, _) => text.EndsWith(Text(args, 0), StringComparison.Ordinal) ? text[..^Text(args, 0).Length] : text,
        "replace" => (args, named) => Replace(text, Text(args, 0), Text(args, 1), Limit(args, named, 2, "count")),
        "join" => (args, _) => string.Join(text, JinjaValues.Items(args.ElementAtOrDefault(0)).Select(item => item as string
            ?? throw JinjaException.Type($"sequence item: expected str instance, {JinjaValues.TypeName(item)} found"))),
        "find" => (args, _) => (long)text.IndexOf(Text(args, 0), StringComparison.Ordinal),
        "rfind" => (args, _) => (long)text.LastIndexOf(Text(args, 0), StringComparison.Ordinal),
        "count" => (args, _) => (long)text.Split(Text(args, 0)).Length - 1,
        "upper" => (_, _) => text.ToUpperInvariant(),
        "lower" => (_, _) => text.ToLowerInvariant(),
        "title" => (_, _) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(text.ToLowerInvariant()),
        "capitalize" => (_, _) => Capitalized(text),
        "isdigit" => (_, _) => text.Length > 0 && text.All(char.IsDigit),
        "isspace" => (_, _) => text.Length > 0 && text.All(char.IsWhiteSpace),
        _ => null,
    };

    public static List<object?> Pairs(JinjaDict dict) => [.. dict.Select(pair => (object?)new List<object?> { pair.Key, pair.Value })];

    public static string Capitalized(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    public static string Trim(string text, IReadOnlyList<object?> args, bool start, bool end)
    {
        char[]? set = args.Count > 0 && args[0] is not null ? Text(args, 0).ToCharArray() : null;
        if (set is []) return text;                                                                     // .NET would take no characters for white space
        if (start) text = text.TrimStart(set);
        return end ? text.TrimEnd(set) : text;
    }

    public static string Replace(string text, string old, string @new, int limit)
    {
        if (limit < 0 && old.Length > 0) return text.Replace(old, @new, StringComparison.Ordinal);
        var pieces = old.Length > 0 ? text.Split(old, limit + 1) : throw new JinjaException("ValueError", "replace needs a text to look for");
        return string.Join(@new, pieces);
    }

    public static string Text(IReadOnlyList<object?> args, int at) => args.ElementAtOrDefault(at) as string
        ?? throw JinjaException.Type(at < args.Count ? $"expected str, found {JinjaValues.TypeName(args[at])}" : $"argument {at + 1} is missing");

    private static List<object?> Split(string text, object? separator, int limit) => separator switch
    {
        null when limit >= 0 => throw JinjaException.Type("split at white space with a limit is not supported"),
        null => [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)],
        "" => throw new JinjaException("ValueError", "empty separator"),
        _ => limit < 0 ? [.. text.Split((string)separator)] : [.. text.Split((string)separator, limit + 1)],
    };

    private static List<object?> SplitFromEnd(string text, object? separator, int limit)
    {
        var pieces = Split(text, separator, -1);
        return limit < 0 || pieces.Count <= limit + 1 ? pieces : [string.Join((string?)separator, pieces[..^limit]), .. pieces[^limit..]];
    }

    private static List<string> Affixes(IReadOnlyList<object?> args) =>
        args.ElementAtOrDefault(0) is List<object?> several ? [.. several.OfType<string>()] : [Text(args, 0)];

    private static object? Argument(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named, int at, string name) =>
        at < args.Count ? args[at] : named.GetValueOrDefault(name);

    private static int Limit(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named, int at, string name) =>
        Argument(args, named, at, name) is long limit ? (int)limit : -1;

    private static string TrimEndOnce(this string text, char c) => text.EndsWith(c) ? text[..^1] : text;
}
