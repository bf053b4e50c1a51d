namespace Crane.Notebooks.Language;

/// <summary>Jupyter counts characters of a text by code points, .NET by UTF-16 units: an emoji before the cursor makes the difference.</summary>
internal static class CodePoints
{
    /// <summary>The index in the string of the n-th code point; the text's length when there are fewer.</summary>
    public static int ToUtf16(string text, int codePoints)
    {
        var at = 0;
        for (var n = 0; n < codePoints && at < text.Length; n++)
            at += char.IsSurrogatePair(text, at) ? 2 : 1;
        return at;
    }

    /// <summary>The code points before an index of the string.</summary>
    public static int FromUtf16(string text, int index)
    {
        var pairs = 0;
        for (var i = 0; i + 1 < index; i++)
            if (char.IsSurrogatePair(text, i))
                (pairs, i) = (pairs + 1, i + 1);
        return index - pairs;
    }
}
