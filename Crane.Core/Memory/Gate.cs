namespace Crane.Core.Memory;

/// <summary>What the gate lets through, and why.</summary>
/// <param name="Entry">The entry to bring; null: nothing.</param>
/// <param name="Score">Of the best candidate; NaN without one.</param>
/// <param name="Why">In words, with the numbers.</param>
public sealed record GateDecision(EditEntry? Entry, double Score, string Why)
{
    /// <summary>The candidate that scores highest, brought or not; null without candidates.</summary>
    public EditEntry? Best { get; init; } = Entry;
}

/// <summary>Brings the best candidate or, unless the evidence says so, nothing.</summary>
/// <param name="Scorer">Ranks candidates.</param>
/// <param name="Threshold">The best must lie above it.</param>
/// <param name="TwinMargin">The best must lie so far above the next that says something else; Chad's and Romania's flags do not, and nothing is
/// brought.</param>
public sealed record Gate(PairScorer Scorer, double Threshold, double TwinMargin = 0)
{
    /// <summary>The cosine as it is.</summary>
    public static PairScorer Cosine { get; } = candidate => candidate.Cosine;

    /// <summary>Decides about the candidates of one query, in any order.</summary>
    public GateDecision Decide(IReadOnlyList<Candidate> candidates)
    {
        if (candidates.Count == 0) return new(null, double.NaN, "nothing found");
        var ranked = Ranked(candidates);
        var (best, score) = ranked[0];
        if (!(score > Threshold)) return new(null, score, $"'{best.Id}' scores {score:f3}, not above the threshold {Threshold:f3}") { Best = best };
        foreach (var (other, next) in ranked.Skip(1).Where(r => r.Entry.NewValue != best.NewValue).Take(1))
            if (score - next < TwinMargin)
                return new(null, score, $"twins: '{best.Id}' {score:f3} and '{other.Id}' {next:f3} are nearer to each other than {TwinMargin:f3}") { Best =
                best };
        return new(best, score, $"'{best.Id}' scores {score:f3}, above the threshold {Threshold:f3}");
    }

    /// <summary>Thresholds from training edits. On new queries of the same kind the share in which something is brought though nothing applies is at most
    /// <paramref name="falseRetrievalRate"/>, and so is the share in which the wrong one of several is brought.</summary>
    /// <param name="scorer">Fitted on other examples than these, or not fitted at all.</param>
    /// <param name="examples">Queries to which an entry applies, and queries to which none does.</param>
    /// <param name="falseRetrievalRate">In (0, 1).</param>
    public static Gate Calibrate(PairScorer scorer, IReadOnlyList<GateExample> examples, double falseRetrievalRate)
    {
        var open = new Gate(scorer, double.NegativeInfinity);
        var unmatched = examples.Where(e => e.Right is null).Select(e => e.Candidates.Count == 0 ? double.NegativeInfinity
            : open.Ranked(e.Candidates)[0].Score);
        var matched = examples.Where(e => e.Right is not null).Select(e => open.LeadOfWrong(e)).ToList();
        // Without a query that has an answer there is nothing to learn about twins.
        var twin = matched.Count == 0 ? 0 : Conformal.Threshold(matched, falseRetrievalRate);
        return new(scorer, Conformal.Threshold(unmatched, falseRetrievalRate), twin == double.NegativeInfinity ? 0 : Math.BitIncrement(twin));
    }

    /// <summary>How far a wrong winner leads; −∞ where the right entry wins. Only an abstention at this margin prevents the mistake.</summary>
    private double LeadOfWrong(GateExample example)
    {
        if (example.Candidates.Count == 0) return double.NegativeInfinity;
        var ranked = Ranked(example.Candidates);
        if (ranked[0].Entry.Id == example.Right) return double.NegativeInfinity;
        var next = ranked.Skip(1).Where(r => r.Entry.NewValue != ranked[0].Entry.NewValue).Select(r => r.Score).DefaultIfEmpty(double.NegativeInfinity).First();
        return ranked[0].Score - next;
    }

    private List<(EditEntry Entry, double Score)> Ranked(IReadOnlyList<Candidate> candidates) =>
        [.. candidates.Select(c => (c.Entry, Score: Scorer(c))).OrderByDescending(c => c.Score)];
}
