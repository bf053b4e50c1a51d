namespace Crane.Core.Memory.Learning;

/// <summary>How a library did on some queries, in counts.</summary>
/// <param name="Matched">Queries to which an entry applies.</param>
/// <param name="First">Of these, those in which it scores highest: recall@1.</param>
/// <param name="Through">Of these, those in which the gate brings it.</param>
/// <param name="Wrong">Of these, those in which the gate brings another one.</param>
/// <param name="Unmatched">Queries to which nothing applies, each matched one without its entry among them.</param>
/// <param name="False">Of these, those in which something is brought.</param>
public sealed record LibraryScore(int Matched, int First, int Through, int Wrong, int Unmatched, int False)
{
    /// <summary>Counts with a gate.</summary>
    public static LibraryScore Of(IEnumerable<LabelledQuery> queries, Gate gate)
    {
        var (matched, unmatched) = Parted(queries);
        string? Brought(GateExample e) => gate.Decide(e.Candidates).Entry?.Id;
        return new(matched.Count, matched.Count(e => Rank(e, gate.Scorer) == 0), matched.Count(e => Brought(e) == e.Right),
            matched.Count(e => Brought(e) is { } id && id != e.Right),
            unmatched.Count, unmatched.Count(e => Brought(e) is not null));
    }

    /// <summary>Queries to which something applies; and those to which nothing does, each of the former without its entry among them.</summary>
    public static (IReadOnlyList<GateExample> Matched, IReadOnlyList<GateExample> Unmatched) Parted(IEnumerable<LabelledQuery> queries)
    {
        var all = queries.Select(q => q.Example).ToLookup(e => e.Right is not null);
        return ([.. all[true]], [.. all[false], .. all[true].Select(GateExamples.WithoutRight)]);
    }

    /// <summary>Place of the right entry by a scorer, from 0; −1 where it is not among the candidates.</summary>
    public static int Rank(GateExample example, PairScorer scorer) => example.Candidates.OrderByDescending(c => scorer(c)).ToList()
        .FindIndex(c => c.Entry.Id == example.Right);

    /// <summary>The score of the best candidate; −∞ without one.</summary>
    public static double Best(GateExample example, PairScorer scorer) =>
        example.Candidates.Select(c => scorer(c)).DefaultIfEmpty(double.NegativeInfinity).Max();
}
