using System.Globalization;

namespace Crane.Core.Text.Jinja;

/// <summary>What stands after <c>|</c>.</summary>
internal static class JinjaFilters
{
    private delegate object? Filter(object? value, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named);

    private static readonly Dictionary<string, Filter> Filters = new()
    {
        ["trim"] = (value, args, _) => JinjaMethods.Trim(JinjaText.Of(value), args, start: true, end: true),
        ["length"] = (value, _, _) => (long)JinjaValues.Length(value),
        ["count"] = (value, _, _) => (long)JinjaValues.Length(value),
        ["tojson"] = ToJson,
        ["string"] = (value, _, _) => JinjaText.Of(value),
        ["safe"] = (value, _, _) => value,
        ["upper"] = (value, _, _) => JinjaText.Of(value).ToUpperInvariant(),
        ["lower"] = (value, _, _) => JinjaText.Of(value).ToLowerInvariant(),
        ["title"] = (value, _, _) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(JinjaText.Of(value).ToLowerInvariant()),
        ["capitalize"] = (value, _, _) => JinjaMethods.Capitalized(JinjaText.Of(value)),
        ["replace"] = (value, args, _) => JinjaMethods.Replace(JinjaText.Of(value), JinjaMethods.Text(args, 0), JinjaMethods.Text(args, 1),
            args.ElementAtOrDefault(2) is long limit ? (int)limit : -1),
        ["indent"] = Indent,
        ["default"] = Default,
        ["d"] = Default,
        ["int"] = (value, args, _) => Int(value) ?? args.ElementAtOrDefault(0) ?? 0L,
        ["float"] = (value, args, _) => Float(value) ?? args.ElementAtOrDefault(0) ?? 0.0,
        ["abs"] = (value, _, _) => value is long whole ? (object)Math.Abs(whole)
            : Math.Abs(JinjaOperators.Number(value) ?? throw JinjaException.Type($"bad operand type for abs(): '{JinjaValues.TypeName(value)}'")),
        ["first"] = (value, _, _) => JinjaValues.Items(value).ToList() is [var first, ..] ? first : new Undefined("No first item, sequence was empty."),
        ["last"] = (value, _, _) => JinjaValues.Items(value).ToList() is [.., var last] ? last : new Undefined("No last item, sequence was empty."),
        ["list"] = (value, _, _) => JinjaValues.Items(value).ToList(),
        ["reverse"] = (value, _, _) => value is string text ? string.Concat(JinjaValues.Characters(text).Reverse())
            : JinjaValues.Items(value).Reverse().ToList(),
        ["unique"] = (value, _, _) => Unique(value),
        ["sort"] = (value, args, named) => Sorted(value, IsSet(args, named, 0, "reverse"), Named(args, named, 2, "attribute") as string),
        ["min"] = (value, _, _) => Sorted(value, false, null).FirstOrDefault(new Undefined("No aggregated item, sequence was empty.")),
        ["max"] = (value, _, _) => Sorted(value, true, null).FirstOrDefault(new Undefined("No aggregated item, sequence was empty.")),
        ["sum"] = (value, args, named) => Mapped(value, Named(args, named, 0, "attribute") as string)
            .Aggregate((object?)0L, (sum, item) => JinjaOperators.Apply("+", sum, item)),
        ["join"] = (value, args, named) =>
            string.Join(JinjaText.Of(Named(args, named, 0, "d") ?? ""), Mapped(value, Named(args, named, 1, "attribute") as string).Select(JinjaText.Of)),
        ["items"] = (value, _, _) => value is JinjaDict dict ? JinjaMethods.Pairs(dict) : value is Undefined ? new List<object?>()
            : throw JinjaException.Type("Can only get item pairs from a mapping."),
        ["dictsort"] = (value, _, _) => JinjaMethods.Pairs(value as JinjaDict ?? throw JinjaException.Type("dictsort needs a mapping"))
            .OrderBy(pair => JinjaText.Of(((List<object?>)pair!)[0]), StringComparer.OrdinalIgnoreCase).ToList(),
        ["map"] = Map,
        ["select"] = (value, args, _) => Where(value, item => item, args, 0, keep: true),
        ["reject"] = (value, args, _) => Where(value, item => item, args, 0, keep: false),
        ["selectattr"] = (value, args, _) => Where(value, item => Path(item, JinjaMethods.Text(args, 0)), args, 1, keep: true),
        ["rejectattr"] = (value, args, _) => Where(value, item => Path(item, JinjaMethods.Text(args, 0)), args, 1, keep: false),
    };

    public static bool Has(string name) => Filters.ContainsKey(name);

    public static object? Apply(string name, object? value, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named) =>
        Filters[name](value, args, named);

    private static string ToJson(object? value, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named)
    {
        foreach (var name in new[] { "ensure_ascii", "separators", "sort_keys" })
            if (IsSet([], named, 0, name)) throw JinjaException.Type($"tojson with {name} is not supported");
        return JinjaText.Json(JinjaValues.Defined(value), Named([], named, 0, "indent") is long indent ? (int)indent : null);
    }

    private static object? Default(object? value, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named) =>
        value is Undefined || (IsSet(args, named, 1, "boolean") && !JinjaValues.IsTrue(value)) ? args.Count > 0 ? args[0]
            : named.GetValueOrDefault("default_value", "") : value;

    private static string Indent(object? value, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named)
    {
        var blanks = Named(args, named, 0, "width") is string given ? given : new string(' ', (int)(Named(args, named, 0, "width") as long? ?? 4));
        var lines = JinjaText.Of(value).Split('\n');
        var (first, blank) = (IsSet(args, named, 1, "first"), IsSet(args, named, 2, "blank"));
        return string.Join('\n', lines.Select((line, i) => (i == 0 && !first) || (i > 0 && line.Length == 0 && !blank) ? line : blanks + line));
    }

    private static long? Int(object? value) => value switch
    {
        double number => (long)number,
        string text => long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
            : Float(value) is double number ? (long)number : null,
        _ => JinjaOperators.Whole(value),
    };

    private static double? Float(object? value) => value is not string text ? JinjaOperators.Number(value)
        : double.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static List<object?> Unique(object? value)
    {
        var kept = new List<object?>();
        foreach (var item in JinjaValues.Items(value))
            if (!kept.Exists(other => JinjaOperators.AreEqual(other, item))) kept.Add(item);
        return kept;
    }

    private static List<object?> Sorted(object? value, bool reverse, string? attribute)
    {
        var by = Comparer<object?>.Create((a, b) =>
            JinjaOperators.Order("<", a is string x ? x.ToLowerInvariant() : a, b is string y ? y.ToLowerInvariant() : b));
        object? Key(object? item) => attribute is null ? item : Path(item, attribute);
        return reverse ? [.. JinjaValues.Items(value).OrderByDescending(Key, by)] : [.. JinjaValues.Items(value).OrderBy(Key, by)];
    }

    private static List<object?> Map(object? value, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named)
    {
        if (named.TryGetValue("attribute", out var attribute))
            return [.. JinjaValues.Items(value).Select(item => Path(item, JinjaText.Of(attribute)))
                .Select(found => found is Undefined && named.TryGetValue("default", out var otherwise) ? otherwise : found)];
        var name = JinjaMethods.Text(args, 0);
        return Has(name) ? [.. JinjaValues.Items(value).Select(item => Apply(name, item, [.. args.Skip(1)], named))]
            : throw new JinjaException("TemplateRuntimeError", $"No filter named '{name}'.");
    }

    private static List<object?> Where(object? value, Func<object?, object?> of, IReadOnlyList<object?> args, int at, bool keep)
    {
        var test = args.Count > at ? JinjaMethods.Text(args, at) : null;
        if (test is not null && !JinjaTests.Has(test)) throw new JinjaException("TemplateRuntimeError", $"No test named '{test}'.");
        IReadOnlyList<object?> rest = [.. args.Skip(at + 1)];
        return [.. JinjaValues.Items(value).Where(item => (test is null ? JinjaValues.IsTrue(of(item)) : JinjaTests.Apply(test, of(item), rest)) == keep)];
    }

    private static IEnumerable<object?> Mapped(object? value, string? attribute) =>
        attribute is null ? JinjaValues.Items(value) : JinjaValues.Items(value).Select(item => Path(item, attribute));

    // "function.name" walks down, a number is an index.
    private static object? Path(object? item, string path) =>
        path.Split('.').Aggregate(item, (value, name) =>
            JinjaValues.Item(value, long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : name));

    private static object? Named(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named, int at, string name) =>
        at < args.Count ? args[at] : named.GetValueOrDefault(name);

    private static bool IsSet(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named, int at, string name) =>
        JinjaValues.IsTrue(Named(args, named, at, name));
}
