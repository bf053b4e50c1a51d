using System.Text.RegularExpressions;

namespace Crane.Core.Evaluation.Grounding;

/// <summary>A part of a sentence that claims one thing.</summary>
/// <param name="Text">The words.</param>
/// <param name="Sentence">The sentence that it stands in.</param>
/// <param name="IsQuestion">Whether the sentence asks.</param>
public sealed record Clause(string Text, string Sentence, bool IsQuestion);

/// <summary>Cuts a chain of thought into sentences, and these into clauses.</summary>
public static partial class Clauses
{
    // "nothing but" and "anything but" belong together; a leading subordinate clause ends at its comma.
    [GeneratedRegex(@"\s*(?:[;:()\[\]]|—| – |,? (?<!nothing )(?<!anything )but |,? yet |, so |, and |, which | and (?=the (?:picture|image|photo))|,? however,? )\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Joint();

    [GeneratedRegex(@"^(?:(?:but|and|hmm|well),? )?(?:although|though|even though|despite|in spite of|contrary to|while|whereas)\b[^,]*,",
        RegexOptions.IgnoreCase)]
    private static partial Regex Subordinate();

    [GeneratedRegex(@"\bSt$")] private static partial Regex Saint();

    /// <summary>All clauses in order.</summary>
    public static IEnumerable<Clause> Of(string think) =>
        Sentences(Names.Plain(think)).SelectMany(sentence => Parts(sentence).Select(part => new Clause(part, sentence, sentence.EndsWith('?'))));

    /// <summary>Sentences of a chain. A full stop ends one where a space and no small letter follow, except after "St": "Washington D.C. is" and "St. Peter
    /// Port" are not cut.</summary>
    public static IEnumerable<string> Sentences(string think)
    {
        var start = 0;
        for (var i = 0; i < think.Length; i++)
        {
            if (think[i] is not ('.' or '!' or '?') || i + 1 < think.Length
                && !(char.IsWhiteSpace(think[i + 1]) && i + 2 < think.Length && !char.IsLower(think[i + 2]))) continue;
            if (think[i] == '.' && Saint().IsMatch(think[start..i])) continue;
            if (think[start..(i + 1)].Trim() is { Length: > 0 } sentence) yield return sentence;
            start = i + 1;
        }
        if (think[start..].Trim() is { Length: > 0 } rest) yield return rest;
    }

    private static IEnumerable<string> Parts(string sentence)
    {
        if (Subordinate().Match(sentence) is { Success: true } leading) return [leading.Value, .. Parts(sentence[leading.Length..].TrimStart())];
        return Joint().Split(sentence).Where(part => part.Length > 0);
    }
}
