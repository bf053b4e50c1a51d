using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Crane.Core.Text;

/// <summary>
/// Cuts text into the words that merges never cross, by the pattern of the tokenizer's file (Split, behaviour Isolated: what the pattern leaves over
/// is a word too).
/// </summary>
/// <remarks>
/// The pattern counts in characters, .NET's engine in UTF-16 units, of which half a pair is neither letter nor digit: "𝔘's" would lose its "'s".
/// So a text with such pairs is matched in a copy where one ordinary character of the same kind stands for each.
/// </remarks>
internal sealed class WordSplitter(Regex pattern) : PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? SplitPairs(text) : Split(text);

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    private IEnumerable<(int Offset, int Length)> Split(string text)
    {
        var end = 0;
        for (var match = pattern.Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Length == 0) continue;
            if (match.Index > end) yield return (end, match.Index - end);
            yield return (match.Index, match.Length);
            end = match.Index + match.Length;
        }
        if (end < text.Length) yield return (end, text.Length - end);
    }

    private IEnumerable<(int Offset, int Length)> SplitPairs(string text)
    {
        var (stand, offsets) = (new StringBuilder(text.Length), new List<int>(text.Length + 1));
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var used);                          // half a pair reads as U+FFFD, one unit long
            stand.Append(rune.IsBmp ? (char)rune.Value : StandIn(Rune.GetUnicodeCategory(rune)));
            offsets.Add(at);
            at += used;
        }
        offsets.Add(text.Length);
        return Split(stand.ToString()).Select(word => (offsets[word.Offset], offsets[word.Offset + word.Length] - offsets[word.Offset]));
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => '一',                                                        // \p{L}, without case
        <= UnicodeCategory.EnclosingMark => '\u0300',                                                   // \p{M}
        <= UnicodeCategory.OtherNumber => '①',                                                         // \p{N}
        _ => '☃',
    };
}
