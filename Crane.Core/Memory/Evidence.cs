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

    /// <summary>How surely the model itself says what the entry is about: the reading's confidence where it begins as the entry's own reading or its
    /// sentence, otherwise 0.</summary>
    public double Read { get; init; }

    /// <summary>The highest <see cref="Read"/> of another candidate.</summary>
    public double ReadElsewhere { get; init; }

    /// <summary>How surely the model says something else than of the entry: the reading's confidence where both are read and differ, otherwise 0.</summary>
    public double Doubt { get; init; }

    /// <summary>1 where the question, or what an entry found before puts into its chain, names the entry's subject; otherwise 0.</summary>
    public double Named { get; init; }

    /// <summary>Likeness of what the model says with the entry's own reading, letter by letter, 0..1: it spells names that it hardly knows now one way, now
    /// another.</summary>
    public double Alike { get; init; }

    /// <summary>Its likeness minus the best of another candidate; 1 where it is alone.</summary>
    public double AlikeMargin { get; init; }

    /// <summary>Likeness of the entry's subject with the words of question and reading that come nearest to it, 0..1.</summary>
    public double Subject { get; init; }

    /// <summary>Its likeness minus the best of another candidate; 1 where it is alone.</summary>
    public double SubjectMargin { get; init; }

    /// <summary>The highest <see cref="Named"/> of another candidate.</summary>
    public double NamedElsewhere { get; init; }

    /// <summary>Where the question names the subject: share of the words that say which fact of it is changed ("capital") that the question has, rare words
    /// counting for
    /// more; otherwise 0. It tells what is asked for where the model reads past it.</summary>
    public double Asked { get; init; }

    /// <summary>Its share minus the best of another candidate; 1 where it is alone.</summary>
    public double AskedMargin { get; init; }

    /// <summary>How surely the model names the entry's subject in the sentence that is looked up: the reading's confidence, otherwise 0. "The picture shows the
    /// flag of Chad" means Chad, whatever is asked about it.</summary>
    public double Meant { get; init; }

    /// <summary>Share of the words of the entry's fact (<see cref="FactWords"/>) that the question has, 0..1.</summary>
    public double Topic { get; init; }

    /// <summary>1 where the question asks for all words of the fact in a row and for no more; otherwise 0.</summary>
    public double Whole { get; init; }

    /// <summary>How well fact and subject go together with the question, minus the best of another candidate; 1 where it is alone.</summary>
    public double AboutMargin { get; init; }

    /// <summary>How well the words of the question go with fact and subject: nothing without either.</summary>
    internal double About => Math.Max(Named, Meant) * (Topic + Whole) / 2;

    /// <summary>The numbers that a learnt scorer reads, by library: vectors, words, what the model reads, what is named, and products of those that count
    /// together. An entry for which the model has no words (<see cref="EditEntry.IsUnread"/>) has numbers of its own. Nearness and its
    /// lead stand beside the cosine because among near pictures the ratio of distances tells more than their difference (Lowe, "Distinctive image features",
    /// 2004, section 7.1).</summary>
    public double[] Features => Entry.Modality is Modality.Visual
        ? [Cosine, Margin, Near(Cosine), NearMargin, Read, Read * Cosine, ReadElsewhere, Doubt, Alike, AlikeMargin, Subject, SubjectMargin, Alike * Subject]
        : Entry.IsUnread
        ? [Cosine, Margin, Words(Bm25), WordMargin, Read, ReadElsewhere, Doubt, Named, Meant, NamedElsewhere, Topic, Whole, Math.Max(Named, Meant) * Topic,
            Math.Max(Named, Meant) * Whole, AboutMargin]
        : [Cosine, Margin, Near(Cosine), NearMargin, Read, Read * Cosine, ReadElsewhere, Doubt, Words(Bm25), WordMargin, Named, NamedElsewhere, Asked,
            AskedMargin];

    private double NearMargin => Near(Cosine) - Near(Cosine - Margin);

    /// <summary>The candidates of one query with their leads over each other.</summary>
    public static IReadOnlyList<Candidate> Compared(IReadOnlyList<Candidate> candidates)
    {
        double Elsewhere(int own, Func<Candidate, double> value) => candidates.Where((_, i) => i != own).Select(value).DefaultIfEmpty(0).Max();
        double Lead(int own, Func<Candidate, double> value) =>
            candidates.Count < 2 ? 1 : value(candidates[own]) - candidates.Where((_, i) => i != own).Max(value);
        var words = candidates.Any(c => c.Bm25 > 0);
        return [.. candidates.Select((c, i) => c with
        {
            Margin = Lead(i, other => other.Cosine), WordMargin = words ? Lead(i, other => Words(other.Bm25)) : 0,
            AlikeMargin = Lead(i, other => other.Alike), SubjectMargin = Lead(i, other => other.Subject),
            AskedMargin = Lead(i, other => other.Asked), AboutMargin = Lead(i, other => other.About),
            ReadElsewhere = Elsewhere(i, other => other.Read), NamedElsewhere = Elsewhere(i, other => other.Named),
        })];
    }

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
