using System.Globalization;
using System.Text;

namespace Crane.Core.Text.Jinja;

/// <summary>Values as text: as <c>{{ }}</c> prints them (Python's str), as inside lists (repr), and as JSON (Hugging Face's tojson: json.dumps with
/// ensure_ascii=False).</summary>
internal static class JinjaText
{
    public static string Of(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    public static string Repr(object? value) => value switch
    {
        null => "None",
        bool truth => truth ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number, "inf", "nan"),
        string text => Quoted(text),
        List<object?> list => $"[{string.Join(", ", list.Select(Repr))}]",
        JinjaDict dict => $"{{{string.Join(", ", dict.Select(pair => $"{Quoted(pair.Key)}: {Repr(pair.Value)}"))}}}",
        Undefined => "Undefined",
        _ => $"<{JinjaValues.TypeName(value)}>",
    };

    /// <param name="value">What is written.</param>
    /// <param name="indent">Blanks per level; null writes one line.</param>
    /// <param name="depth">Level of this value.</param>
    public static string Json(object? value, int? indent = null, int depth = 0) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number, "Infinity", "NaN"),
        string text => JsonText(text),
        List<object?> list => Lines('[', ']', list.Select(item => Json(item, indent, depth + 1)), indent, depth),
        JinjaDict dict => Lines('{', '}', dict.Select(pair => $"{JsonText(pair.Key)}: {Json(pair.Value, indent, depth + 1)}"), indent, depth),
        _ => throw JinjaException.Type($"Object of type {JinjaValues.TypeName(value)} is not JSON serializable"),
    };

    private static string Lines(char open, char close, IEnumerable<string> parts, int? indent, int depth)
    {
        string[] items = [.. parts];
        if (indent is not { } width || items.Length == 0) return $"{open}{string.Join(", ", items)}{close}";
        var line = "\n" + new string(' ', width * (depth + 1));
        return $"{open}{line}{string.Join("," + line, items)}\n{new string(' ', width * depth)}{close}";
    }

    // Python writes the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
    private static string Number(double number, string infinity, string nan)
    {
        if (double.IsNaN(number)) return nan;
        if (double.IsInfinity(number)) return number > 0 ? infinity : "-" + infinity;
        var (text, magnitude) = (number.ToString("R", CultureInfo.InvariantCulture), Math.Abs(number));
        if (magnitude != 0 && magnitude is < 1e-4 or >= 1e16) return Exponent(text);
        return text.Contains('.') ? text : text + ".0";
    }

    // .NET writes an exponent from 1e17 on only.
    private static string Exponent(string text)
    {
        var at = text.IndexOf('E');
        if (at < 0) return $"{text[..^16]}.{text[^16..].TrimEnd('0')}".TrimEnd('.') + "e+16";
        var power = int.Parse(text[(at + 1)..], CultureInfo.InvariantCulture);
        return $"{text[..at]}e{(power < 0 ? '-' : '+')}{Math.Abs(power):00}";
    }

    private static string Quoted(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var written = new StringBuilder().Append(quote);
        foreach (var c in text)
            _ = c == '\\' || c == quote ? written.Append('\\').Append(c) : Escape(c) is { } escape ? written.Append(escape)
                : c < ' ' || c == '\x7f' ? written.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : written.Append(c);
        return written.Append(quote).ToString();
    }

    private static string JsonText(string text)
    {
        var written = new StringBuilder().Append('"');
        foreach (var c in text)
            _ = c is '"' or '\\' ? written.Append('\\').Append(c) : Escape(c) is { } escape ? written.Append(escape)
                : c == '\b' ? written.Append("\\b") : c == '\f' ? written.Append("\\f")
                : c < ' ' ? written.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : written.Append(c);
        return written.Append('"').ToString();
    }

    private static string? Escape(char c) => c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => null };
}
