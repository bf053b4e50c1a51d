namespace Crane.Core.Memory;

/// <summary>What speaks for an entry, measured when it was found.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Cosine">Of its key and the query, −1..1.</param>
/// <param name="Margin">Its cosine minus the best cosine of another candidate; 1 where it is alone.</param>
/// <param name="Bm25">Shared words, from 0; 0 for pictures.</param>
/// <param name="Fused">Reciprocal rank fusion of the rankings.</param>
public sealed record Candidate(EditEntry Entry, double Cosine, double Margin, double Bm25 = 0, double Fused = 0)
{
    /// <summary>ln(1 + BM25) minus that of the best other candidate.</summary>
    public double WordMargin { get; init; }

    /// <summary>How surely the model itself says what the entry is about: the reading's confidence where it contains the entry's own reading, otherwise 0.</summary>
    public double Read { get; init; }

    /// <summary>1 where the question names the entry's subject, otherwise 0.</summary>
    public double Named { get; init; }

    /// <summary>The numbers that a learnt scorer reads: cosine, margin, ln(1 + BM25), its margin, reading, name, cosine where the reading agrees, nearness, and its lead over the
    /// next candidate. Among near pictures the ratio of distances tells more than their difference (Lowe, "Distinctive image features", 2004, section 7.1).</summary>
    public double[] Features => [Cosine, Margin, Words(Bm25), WordMargin, Read, Named, Read * Cosine, Near(Cosine), Near(Cosine) - Near(Cosine - Margin)];

    /// <summary>−ln of the cosine distance, softened by 0.1: degraded copies of one thing lie about so far apart.</summary>
    private static double Near(double cosine) => -Math.Log(Math.Max(1.1 - cosine, 1e-3));

    internal static double Words(double bm25) => Math.Log(1 + Math.Max(0, bm25));
}

/// <summary>How strongly a candidate should be brought; only the order and the calibrated threshold count.</summary>
public delegate double PairScorer(Candidate candidate);

/// <summary>A query of the training edits with what was found for it.</summary>
/// <param name="Candidates">As a search gives them.</param>
/// <param name="Right">Id of the entry that applies; null where none does.</param>
public sealed record GateExample(IReadOnlyList<Candidate> Candidates, string? Right);
