namespace Crane.Core.Text.Jinja;

/// <summary>Operators between values, with Python's rules and Python's words for what does not go together.</summary>
internal static class JinjaOperators
{
    public static object? Apply(string name, object? left, object? right) => (name, JinjaValues.Defined(left), JinjaValues.Defined(right)) switch
    {
        ("+", string a, string b) => a + b,
        ("+", List<object?> a, List<object?> b) => (List<object?>)[.. a, .. b],
        ("+", string, _) => throw JinjaException.Type($"can only concatenate str (not \"{JinjaValues.TypeName(right)}\") to str"),
        ("+", List<object?>, _) => throw JinjaException.Type($"can only concatenate list (not \"{JinjaValues.TypeName(right)}\") to list"),
        ("*", string text, long or bool) => Repeated(text, Whole(right)!.Value),
        ("*", long or bool, string text) => Repeated(text, Whole(left)!.Value),
        _ when Whole(left) is { } a && Whole(right) is { } b => OfWhole(name, a, b),
        _ when Number(left) is { } a && Number(right) is { } b => OfNumbers(name, a, b),
        _ => throw JinjaException.Type($"unsupported operand type(s) for {(name == "**" ? "** or pow()" : name)}: "
            + $"'{JinjaValues.TypeName(left)}' and '{JinjaValues.TypeName(right)}'"),
    };

    public static object Negative(object? value) => Whole(JinjaValues.Defined(value)) is { } whole ? (object)-whole
        : Number(value) is { } number ? -number : throw JinjaException.Type($"bad operand type for unary -: '{JinjaValues.TypeName(value)}'");

    public static bool Compare(string name, object? left, object? right) => name switch
    {
        "==" => AreEqual(left, right),
        "!=" => !AreEqual(left, right),
        "in" => Contains(right, left),
        "not in" => !Contains(right, left),
        "<" => Order(name, left, right) < 0,
        "<=" => Order(name, left, right) <= 0,
        ">" => Order(name, left, right) > 0,
        _ => Order(name, left, right) >= 0,
    };

    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null, null) or (Undefined, Undefined) => true,
        (string a, string b) => a == b,
        (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second)),
        (JinjaDict a, JinjaDict b) => a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out var other) && AreEqual(pair.Value, other)),
        _ => Number(left) is { } a && Number(right) is { } b ? a == b : ReferenceEquals(left, right),
    };

    /// <summary>Negative, zero or positive as the left value comes before, with or after the right one.</summary>
    public static int Order(string name, object? left, object? right) => (JinjaValues.Defined(left), JinjaValues.Defined(right)) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        _ when Number(left) is { } a && Number(right) is { } b => a.CompareTo(b),
        _ => throw JinjaException.Type($"'{name}' not supported between instances of '{JinjaValues.TypeName(left)}' and '{JinjaValues.TypeName(right)}'"),
    };

    public static double? Number(object? value) => value switch { long whole => whole, double number => number, bool truth => truth ? 1 : 0, _ => null };

    public static long? Whole(object? value) => value switch { long whole => whole, bool truth => truth ? 1 : 0, _ => null };

    private static bool Contains(object? items, object? item) => items switch
    {
        Undefined => false,
        string text => JinjaValues.Defined(item) is string part ? text.Contains(part, StringComparison.Ordinal)
            : throw JinjaException.Type($"'in <string>' requires string as left operand, not {JinjaValues.TypeName(item)}"),
        List<object?> list => list.Exists(other => AreEqual(other, item)),
        JinjaDict dict => item is string key && dict.ContainsKey(key),
        _ => throw JinjaException.Type($"argument of type '{JinjaValues.TypeName(items)}' is not iterable"),
    };

    private static object OfWhole(string name, long a, long b) => name switch
    {
        "+" => (object)checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "/" => (double)a / NotZero(b),
        "//" => (long)Math.Floor((decimal)a / NotZero(b)),
        "%" => (a % NotZero(b) + b) % b,
        _ => b >= 0 ? checked((long)Math.Pow(a, b)) : (object)Math.Pow(a, b),
    };

    private static double OfNumbers(string name, double a, double b) => name switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / NotZero(b),
        "//" => Math.Floor(a / NotZero(b)),
        "%" => a - b * Math.Floor(a / NotZero(b)),
        _ => Math.Pow(a, b),
    };

    private static string Repeated(string text, long count) => count <= 0 ? "" : string.Concat(Enumerable.Repeat(text, checked((int)count)));

    private static T NotZero<T>(T number) where T : System.Numerics.INumber<T> =>
        number != T.Zero ? number : throw new JinjaException("ZeroDivisionError", "division by zero");
}
