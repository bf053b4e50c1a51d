using System.Globalization;
using System.Text.RegularExpressions;

namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>Prose with numbers that a cell has computed, so that text never contradicts a run.</summary>
    /// <param name="text">Markdown of one or more paragraphs: <c>**bold**</c>, <c>*italic*</c>, <c>`code`</c>. What is interpolated is shown letter by
    /// letter and is no Markdown; numbers are written independent of the culture.</param>
    public static View Sentence(FormattableString text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plain = text.ToString(CultureInfo.InvariantCulture);
        // Interpolated values stand behind private-use characters while the Markdown around them is read.
        var values = new Values();
        var marked = Emphasis(Html.Escape(string.Format(values, text.Format, text.GetArguments())));
        var html = Filler().Replace(marked, m => Html.Escape(values.Written[int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)]));
        return new View(plain, Html.Wrap(string.Concat(html.Split("\n\n").Select(p => $"<p style=\"margin:.3em 0\">{p.Trim()}</p>"))));
    }

    [GeneratedRegex("\uE000(\\d+)\uE001")] private static partial Regex Filler();

    [GeneratedRegex(@"`([^`]+)`")] private static partial Regex Code();

    [GeneratedRegex(@"\*\*(?=\S)(.+?)(?<=\S)\*\*")] private static partial Regex Strong();

    [GeneratedRegex(@"(?<!\*)\*(?=[^\s*])(.+?)(?<=\S)\*(?!\*)")] private static partial Regex Italic();

    private static string Emphasis(string html) =>
        Italic().Replace(Strong().Replace(Code().Replace(html, "<code>$1</code>"), "<b>$1</b>"), "<i>$1</i>");

    /// <summary>Writes each interpolated value down and leaves its number in the text.</summary>
    private sealed class Values : IFormatProvider, ICustomFormatter
    {
        public List<string> Written { get; } = [];

        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

        public string Format(string? format, object? arg, IFormatProvider? formatProvider)
        {
            Written.Add(arg is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : arg?.ToString() ?? "");
            return $"\uE000{Written.Count - 1}\uE001";
        }
    }
}
