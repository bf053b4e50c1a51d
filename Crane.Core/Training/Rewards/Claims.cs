using System.Text.RegularExpressions;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Grounding;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Rewards;

/// <summary>What a chain does with an entry of the memory.</summary>
public enum EntryUse
{
    /// <summary>No sentence takes it up: it is ignored.</summary>
    Unused,

    /// <summary>A sentence says what the entry says, and none takes it back.</summary>
    Followed,

    /// <summary>A sentence turns it down or says that nothing is given about its subject.</summary>
    TurnedDown,

    /// <summary>One sentence follows it and another turns it down: the chain says both.</summary>
    Both,
}

/// <summary>Reads what a chain claims, sentence by sentence.</summary>
public static class Claims
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly Regex OfPicture = new(@"\b(picture|image|photograph|photo) (shows|looks like|is of|depicts)\b", Options);

    /// <summary>What the chain does with an entry. It follows it in a sentence in which the entry's value comes after its subject with a few plain words
    /// between ("the flag of Japan now shows the flag of Brazil"); two names side by side, joined by "and" or left open by "or", are not followed.</summary>
    public static EntryUse UseOf(string think, Note entry)
    {
        var (followed, down) = (false, false);
        foreach (var sentence in Clauses.Sentences(think).Where(sentence => Names(sentence, entry.Key)))
            if (Says(entry).IsMatch(sentence)) followed = true;
            else if (Absent(entry).IsMatch(sentence) || InOrder(sentence, [entry.Key, entry.Value]) == 2) down = true;
        if (GroundedSuccess.RejectingSentence(think, entry.Value) is not null) down = true;
        return (followed, down) switch { (true, true) => EntryUse.Both, (true, _) => EntryUse.Followed, (_, true) => EntryUse.TurnedDown, _ =>
            EntryUse.Unused };
    }

    /// <summary>Whether the chain says that the picture shows this and nothing else.</summary>
    /// <param name="think">The chain.</param>
    /// <param name="prior">What is seen, for example "the flag of Japan".</param>
    /// <param name="others">What it may be mixed up with.</param>
    public static bool Sees(string think, string prior, IEnumerable<string> others)
    {
        var seen = Clauses.Sentences(think).SelectMany(sentence => OfPicture.Matches(sentence).Select(match => sentence[match.Index..])).ToList();
        return seen.Count > 0 && seen.All(claim => Names(claim, prior))
            && !others.Any(other => !Names(prior, other) && seen.Exists(claim => Names(claim, other)));
    }

    /// <summary>Whether a text names something, as whole words.</summary>
    public static bool Names(string text, string name) => Mention(name).IsMatch(text);

    /// <summary>How many entities of a path a chain names, each after the one found before it.</summary>
    public static int InOrder(string think, IReadOnlyList<string> path)
    {
        var (at, found) = (0, 0);
        foreach (var entity in path)
            if (Mention(entity).Match(think, at) is { Success: true } match) (at, found) = (match.Index + match.Length, found + 1);
        return found;
    }

    private static Regex Says(Note entry) =>
        new($@"(?<!\w){Regex.Escape(entry.Key)}\s+(?:(?!and\b|or\b|nor\b|not\b)[\w']+\s+){{1,5}}{Regex.Escape(entry.Value)}(?!\w|,?\s+or\b)", Options);

    private static Regex Absent(Note entry) => new($@"(?<!\w){Regex.Escape(entry.Key)}\s+(is|was)\s+not\b", Options);

    private static Regex Mention(string name) => new($@"(?<!\w){Regex.Escape(name)}(?!\w)", Options);
}
