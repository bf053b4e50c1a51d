using System.Text.RegularExpressions;
using Crane.Core.Evaluation.Metrics;

namespace Crane.Core.Memory;

/// <summary>What a query brings beside its vector.</summary>
/// <param name="Question">The question as it was asked.</param>
/// <param name="Sentence">The sentence of the model's own chain that is looked up, or null without a reading.</param>
/// <param name="Confidence">Of the reading, 0..1.</param>
/// <param name="Given">What entries found before have said to this question: it names entities as surely as the question does.</param>
public sealed record QueryEvidence(string Question, string? Sentence, double Confidence, string Given = "")
{
    private readonly string[] words = Bm25Index.Words($"{Question} {Sentence}"), asked = Bm25Index.Words(Question);

    /// <summary>A candidate with all that the query says of its entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cosine">See <see cref="Candidate.Cosine"/>.</param>
    /// <param name="bm25">See <see cref="Candidate.Bm25"/>.</param>
    /// <param name="fused">See <see cref="Candidate.Fused"/>.</param>
    /// <param name="idf">Weight of a word among the entries; null where none has it.</param>
    /// <returns>Without leads; <see cref="Candidate.Compared"/> measures them.</returns>
    internal Candidate About(EditEntry entry, double cosine, double bm25, double fused, Func<string, double?> idf) => new(entry, cosine, 0, bm25, fused)
    {
        Read = Read(entry), Named = Named(entry), Doubt = Doubt(entry), Alike = Alike(entry), Subject = Subject(entry), Asked = Asked(entry, idf),
        Meant = Meant(entry), Topic = Topic(entry), Whole = Whole(entry),
    };

    /// <summary>See <see cref="Candidate.Read"/>.</summary>
    public double Read(EditEntry entry) => Says(entry) ? Confidence : 0;

    /// <summary>See <see cref="Candidate.Doubt"/>.</summary>
    public double Doubt(EditEntry entry) => Sentence is not null && (entry.Reading ?? entry.Stem) is { Length: > 0 } && !Says(entry) ? Confidence : 0;

    /// <summary>See <see cref="Candidate.Named"/>.</summary>
    public double Named(EditEntry entry) => entry.Modality is Modality.Textual && Names($"{Question} {Given}", entry.Subject) ? 1 : 0;

    /// <summary>See <see cref="Candidate.Meant"/>.</summary>
    public double Meant(EditEntry entry) => entry.Modality is Modality.Textual && Sentence is not null && Names(Sentence, entry.Subject) ? Confidence : 0;

    /// <summary>See <see cref="Candidate.Topic"/>.</summary>
    public double Topic(EditEntry entry) => entry.Modality is Modality.Textual ? FactWords.Share(FactWords.Of(entry), Question) : 0;

    /// <summary>See <see cref="Candidate.Whole"/>.</summary>
    public double Whole(EditEntry entry) =>
        entry.Modality is Modality.Textual && FactWords.Whole(FactWords.Of(entry), Question, entry.Subject) ? 1 : 0;

    /// <summary>See <see cref="Candidate.Alike"/>.</summary>
    public double Alike(EditEntry entry)
    {
        if (Sentence is null || entry.Reading is not { Length: > 0 } reading) return 0;
        if (entry.Modality is Modality.Visual) return Likeness(Sentence, reading);
        var words = reading.Split(' ').Length;   // a textual reading ends where its value begins
        return Likeness(string.Join(' ', Sentence.Split(' ').Take(words)), reading);
    }

    /// <summary>See <see cref="Candidate.Subject"/>.</summary>
    public double Subject(EditEntry entry)
    {
        var subject = Bm25Index.Words(entry.Subject);
        var name = string.Join(' ', subject);
        if (words.Length < subject.Length || name.Length == 0) return 0;
        return Enumerable.Range(0, words.Length - subject.Length + 1).Max(at => Likeness(string.Join(' ', words[at..(at + subject.Length)]), name));
    }

    /// <summary>See <see cref="Candidate.Asked"/>.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="idf">Weight of a word among the entries; null where none has it.</param>
    public double Asked(EditEntry entry, Func<string, double?> idf)
    {
        if (Named(entry) == 0) return 0;
        string[] rest = [.. Bm25Index.Words(entry.Chain ?? entry.Question).Except(Bm25Index.Words($"{entry.Subject} {entry.NewValue}"))];
        var all = rest.Sum(word => idf(word) ?? 0);
        return all > 0 ? rest.Where(asked.Contains).Sum(word => idf(word) ?? 0) / all : 0;
    }

    private static bool Names(string text, string name) =>
        Regex.IsMatch(text, $@"(?<![\w-]){Regex.Escape(name)}(?![\w-])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    /// <summary>A model that has no words for what is asked answers the nearest question that it knows: then its sentence says nothing for the entry that it
    /// happens to speak of.</summary>
    private bool Says(EditEntry entry) => Sentence is not null && (entry.Modality is Modality.Visual ? Sentence == entry.Reading
        : (Begins(entry.Reading) || Begins(entry.Stem)) && !FactWords.Elsewhere(FactWords.Of(entry), Question, entry.Subject));

    private bool Begins(string? words) => words is { Length: > 0 } && Sentence!.StartsWith(words, StringComparison.Ordinal);

    /// <summary>1 − the edit distance as a share of the longer text.</summary>
    private static double Likeness(string a, string b) => a == b ? 1 : 1 - (double)EditDistance.Levenshtein(a, b) / Math.Max(1, Math.Max(a.Length, b.Length));
}
