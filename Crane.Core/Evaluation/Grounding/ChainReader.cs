namespace Crane.Core.Evaluation.Grounding;

/// <summary>What a chain of thought holds, at its end, of an injected entity.</summary>
public enum Stance
{
    /// <summary>It never mentions it.</summary>
    Silent,

    /// <summary>It mentions it without claiming anything: in a question, as a possibility, in passing.</summary>
    Open,

    /// <summary>It quotes it as what the note says, and goes on to nothing else.</summary>
    Quoted,

    /// <summary>It claims it.</summary>
    Held,

    /// <summary>It denies it, or claims something else after it.</summary>
    TurnedDown,
}

/// <summary>What a chain holds, and the sentence that decided it.</summary>
/// <param name="Stance">At the end of the chain.</param>
/// <param name="Sentence">The last one that mattered; null where none did.</param>
public sealed record Reading(Stance Stance, string? Sentence)
{
    /// <summary>Whether the chain takes the injected entity for true: it claims it, or the note's word is its last.</summary>
    public bool TakesUp => Stance is Stance.Held or Stance.Quoted;
}

/// <summary>Reads a chain clause by clause, as a reader does who only wants to know what it holds in the end: each claim about the subject replaces the one
/// before, so the last
/// one decides. A quoted note counts as taken up until something else is claimed; questions, possibilities and names in passing change nothing.</summary>
public static class ChainReader
{
    /// <summary>Reads a chain.</summary>
    /// <param name="think">The chain.</param>
    /// <param name="injected">The entity that the edit brings in.</param>
    /// <param name="old">What was believed before; perhaps nothing.</param>
    /// <param name="path">Entities that the answer needs: saying that the picture shows one of them contradicts nothing.</param>
    public static Reading Read(string think, string injected, IReadOnlyList<string> old, IReadOnlyList<string> path)
    {
        var reading = new Reading(Stance.Silent, null);
        var (mentioned, aboutInjected) = (false, false);
        foreach (var clause in Clauses.Of(think))
        {
            var mentions = Mentions(clause.Text, injected, old);
            foreach (var (isInjected, treatment) in mentions.Select(m => (m.IsInjected, Wording.Of(clause, m.Match))))
            {
                mentioned |= isInjected;
                aboutInjected = isInjected || aboutInjected && treatment is Treatment.None or Treatment.Denied;
                reading = After(reading, isInjected, treatment, mentioned) is { } stance ? new(stance, clause.Sentence) : reading;
            }
            if (mentions.Count == 0 && Unnamed(clause, aboutInjected, mentioned, reading, path) is { } decided) reading = new(decided, clause.Sentence);
        }
        return reading;
    }

    private static List<(bool IsInjected, System.Text.RegularExpressions.Match Match)> Mentions(string clause, string injected, IReadOnlyList<string> old)
    {
        var found = old.Where(name => name != injected)
            .SelectMany(name => Names.Mention(name).Matches(clause).Select(match => (IsInjected: false, Match: match))).ToList();
        // The longer name wins: "Guinea" is not meant where "Equatorial Guinea" stands, nor "Dominica" in "Dominican Republic".
        bool Inside(System.Text.RegularExpressions.Match match) =>
            found.Any(o => o.Match.Index <= match.Index && match.Index + match.Length <= o.Match.Index + o.Match.Length);
        found.AddRange(Names.Mention(injected).Matches(clause).Where(match => !Inside(match)).Select(match => (true, match)));
        return [.. found.OrderBy(f => f.Match.Index)];
    }

    /// <summary>The stance after a mention; null where it stays.</summary>
    private static Stance? After(Reading before, bool isInjected, Treatment treatment, bool mentioned) => (isInjected, treatment) switch
    {
        (true, Treatment.Claimed) => Stance.Held,
        (true, Treatment.Quoted or Treatment.Likened) => Stance.Quoted,
        (true, Treatment.Denied) => Stance.TurnedDown,
        (true, _) => before.Stance == Stance.Silent ? Stance.Open : null,
        (false, Treatment.Claimed) => mentioned ? Stance.TurnedDown : null,
        // what it looks like weighs more than a quotation, less than a claim
        (false, Treatment.Likened) => before.Stance == Stance.Quoted ? Stance.TurnedDown : null,
        _ => null,
    };

    /// <summary>The stance after a clause that names neither; null where it stays.</summary>
    private static Stance? Unnamed(Clause clause, bool aboutInjected, bool mentioned, Reading before, IReadOnlyList<string> path)
    {
        if (!mentioned || clause.IsQuestion) return null;
        if (before.TakesUp && aboutInjected && Wording.TurnsDown(clause.Text)) return Stance.TurnedDown;
        if (Wording.Adopted(clause.Text)) return Stance.Held;
        var contradicts = before.TakesUp && Wording.Shown(clause.Text) is { } shown
            && !path.Any(entity => shown.StartsWith(Names.Plain(entity), StringComparison.Ordinal));
        return contradicts ? Stance.TurnedDown : null;
    }
}
