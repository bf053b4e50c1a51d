using System.Text;

namespace Crane.Core.Evaluation.Metrics;

/// <summary>String operations as Python's <c>str</c> has them, where .NET's differ: the reference metrics are written in Python, and a metric that treats "İ",
/// "ß" or
/// a combining accent otherwise is another metric.</summary>
internal static class PythonText
{
    // What upper() turns into several characters (Unicode SpecialCasing.txt, without the Greek letters with iota below).
    private static readonly Dictionary<char, string> LongUpper = new()
    {
        ['ß'] = "SS", ['ŉ'] = "ʼN", ['ǰ'] = "J̌", ['ΐ'] = "Ϊ́", ['ΰ'] = "Ϋ́", ['և'] = "ԵՒ", ['ẖ'] = "H̱", ['ẗ'] = "T̈", ['ẘ'] = "W̊", ['ẙ'] = "Y̊",
        ['ẚ'] = "Aʾ",
        ['ﬀ'] = "FF", ['ﬁ'] = "FI", ['ﬂ'] = "FL", ['ﬃ'] = "FFI", ['ﬄ'] = "FFL", ['ﬅ'] = "ST", ['ﬆ'] = "ST",
    };

    /// <summary>lower(): "İ" becomes two characters, "Σ" at the end of a word "ς".</summary>
    public static string Lower(string text)
    {
        var lower = text.Replace("İ", "i̇").ToLowerInvariant();
        if (!text.Contains('Σ')) return lower;
        var result = new StringBuilder(lower);
        var shift = lower.Length - text.Length;                                     // only "İ" lengthens; a text with both letters is left to the usual form
        for (var i = 1; i < text.Length && shift == 0; i++)
            if (text[i] == 'Σ' && char.IsLetter(text[i - 1]) && (i + 1 == text.Length || !char.IsLetter(text[i + 1]))) result[i] = 'ς';
        return result.ToString();
    }

    /// <summary>upper(): "ß" becomes "SS".</summary>
    public static string Upper(string text)
    {
        if (!text.Any(LongUpper.ContainsKey)) return text.ToUpperInvariant();
        return string.Concat(text.Select(c => LongUpper.GetValueOrDefault(c, c.ToString()))).ToUpperInvariant();
    }

    /// <summary>split(): at any run of white space, which here includes the four separators U+001C to U+001F.</summary>
    public static string[] Split(string text) => Spaced(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>strip().</summary>
    public static string Strip(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary>len(): code points, not UTF-16 units.</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();

    /// <summary>string.punctuation: ASCII only.</summary>
    public static bool IsPunctuation(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c));

    /// <summary>What <c>\w</c> matches: letters, numbers of any kind and the underscore. .NET's also takes combining marks.</summary>
    public static bool IsWord(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune) || Rune.IsNumber(rune);

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    private static string Spaced(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = IsSpace(source[i]) ? ' ' : source[i];
    });
}
