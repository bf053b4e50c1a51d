using System.Collections;
using System.Globalization;
using System.Text;
using Crane.Core.Vision;

namespace Crane.Core.Display;

/// <summary>Cells as text, and tables as Markdown.</summary>
internal static class TableText
{
    /// <summary>A pipe table, columns padded so that it reads well unrendered too.</summary>
    public static string Markdown(IReadOnlyList<string> header, IReadOnlyList<bool> right, IEnumerable<IReadOnlyList<string>> rows)
    {
        string[][] lines = [[.. header.Select(Escape)], .. rows.Select(row => row.Select(Escape).ToArray())];
        var widths = header.Select((_, c) => Math.Max(3, lines.Max(l => l[c].Length))).ToArray();
        var text = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            text.Append("| ").AppendJoin(" | ", lines[i].Select((cell, c) => right[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).Append(" |\n");
            if (i == 0) text.Append("| ").AppendJoin(" | ", widths.Select((w, c) => right[c] ? new string('-', w - 1) + ":" : new string('-', w)))
                .Append(" |\n");
        }
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>A value as text: numbers short and independent of the culture, nothing as a dash.</summary>
    public static string Of(object? value, string? format) => value switch
    {
        null => "–",
        string text => text,
        bool yes => yes ? "yes" : "no",
        Picture picture => $"[{Show.Size(picture)}]",
        double or float or Half or decimal => ((IFormattable)value).ToString(format ?? "G4", CultureInfo.InvariantCulture),
        TimeSpan time when format is null => Duration(time),
        IFormattable number => number.ToString(format, CultureInfo.InvariantCulture),
        IEnumerable many => string.Join(", ", many.Cast<object?>().Select(v => Of(v, format))),
        _ => value.ToString() ?? "",
    };

    /// <summary>The value as a number, or null where it is none.</summary>
    public static double? Number(object? value) => value switch
    {
        double or float or decimal or int or long or short or byte or sbyte or uint or ulong or ushort => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        Half half => (double)half,
        TimeSpan time => time.TotalSeconds,
        _ => null,
    };

    /// <summary>The number at the beginning of a text such as "95.0 [93.1, 96.9]", by which its column is sorted; null where there is none.</summary>
    public static double? Leading(object? value) => value is string text && text.Split(' ', 2) is [var first, ['[', ..]]
        && double.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The parts of "95.0 [93.1, 96.9] ★": number, interval, and what stands behind it; null where a text is not of this form.</summary>
    public static (string Number, string Range, string Behind)? Interval(string text) => Leading(text) is not null && text.IndexOf(']') is > 0 and var end
        ? (text[..text.IndexOf(' ')], text[(text.IndexOf(' ') + 1)..(end + 1)], text[(end + 1)..]) : null;

    /// <summary>Hours, minutes and seconds in two units: "1 h 05 min", "3 min 20 s", "4.2 s".</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes:00} min",
        { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds:00} s",
        { TotalSeconds: >= 10 } => $"{time.TotalSeconds:0} s",
        _ => $"{time.TotalSeconds:0.0} s",
    };

    private static string Escape(string cell) => cell.Replace("\\", "\\\\").Replace("|", "\\|").ReplaceLineEndings(" ");
}
