using System.Text.RegularExpressions;

namespace Crane.Core.Memory;

/// <summary>What a query brings beside its vector.</summary>
/// <param name="Question">The question as it was asked.</param>
/// <param name="Sentence">The sentence of the model's own chain that is looked up, or null without a reading.</param>
/// <param name="Confidence">Of the reading, 0..1.</param>
public sealed record QueryEvidence(string Question, string? Sentence, double Confidence)
{
    /// <summary>See <see cref="Candidate.Read"/>.</summary>
    public double Read(EditEntry entry) => Sentence is not null && entry.Reading is { Length: > 0 } reading
        && (entry.Modality is Modality.Visual ? Sentence == reading : Sentence.StartsWith(reading, StringComparison.Ordinal)) ? Confidence : 0;

    /// <summary>See <see cref="Candidate.Named"/>.</summary>
    public double Named(EditEntry entry) => entry.Modality is Modality.Textual
        && Regex.IsMatch(Question, $@"(?<![\w-]){Regex.Escape(entry.Subject)}(?![\w-])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase) ? 1 : 0;
}
