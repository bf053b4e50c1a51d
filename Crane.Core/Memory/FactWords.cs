namespace Crane.Core.Memory;

/// <summary>The words that tell one fact of a thing from another ("calling code"), and whether a question asks for them. They are all that finds an entry about
/// something for which the model has no words, and they show where a model reads past a question.</summary>
public static class FactWords
{
    /// <summary>Words that stand around what is asked for and never name it.</summary>
    private static readonly HashSet<string> Around =
    [
        "a", "an", "the", "this", "that", "these", "those", "it", "its", "s", "what", "which", "who", "whose", "whom", "where", "when", "how",
        "whether", "is", "are", "was", "were", "be", "does", "do", "did", "has", "have", "had", "of", "in", "on", "at", "to", "for", "from", "by",
        "with", "as", "and", "or", "now", "i", "you", "me", "us", "tell", "name", "give", "say", "know", "please", "can", "could", "would", "like",
        "want", "let", "case", "think", "true", "right", "stand", "stands", "located",
    ];

    /// <summary>The words of an entry's fact in their order: those of its <see cref="EditEntry.Stem"/> but for its subject, its value, and words that stand
    /// around any fact. Where none is left ("Big Ben is in") or there is no sentence, those of its question; where that has none either, all of them.</summary>
    public static string[] Of(EditEntry entry)
    {
        var known = Bm25Index.Words($"{entry.Subject} {entry.NewValue}");
        string[] Own(string? text) => text is null ? [] : [.. Bm25Index.Words(text).Except(known).Where(word => !Around.Contains(word))];
        return Own(entry.Stem) is { Length: > 0 } said ? said : Own(entry.Question) is { Length: > 0 } asked ? asked : Bm25Index.Words(entry.Question);
    }

    /// <summary>The share of the words that a question has, 0..1.</summary>
    public static double Share(IReadOnlyCollection<string> fact, string question)
    {
        var asked = Bm25Index.Words(question);
        return fact.Count == 0 ? 0 : (double)fact.Count(asked.Contains) / fact.Count;
    }

    /// <summary>Whether a question has the words in a row and asks for no more than them: "the bridge of Chad", not "the oldest bridge of Chad" nor "the bridge
    /// toll of Chad". A value may follow: "Does Chad have the bridge Lima?".</summary>
    /// <param name="fact">See <see cref="Of"/>.</param>
    /// <param name="question">The question.</param>
    /// <param name="subject">A name that may stand on either side.</param>
    public static bool Whole(IReadOnlyList<string> fact, string question, string subject)
    {
        var (words, name) = (Written(question), Bm25Index.Words(subject));
        bool Ends(int at) => at < 0 || at >= words.Length || Around.Contains(words[at].Plain) || name.Contains(words[at].Plain);
        return fact.Count > 0 && Enumerable.Range(0, Math.Max(0, words.Length - fact.Count + 1))
            .Any(at => Ends(at - 1) && (Ends(at + fact.Count) || !words[at + fact.Count].IsLower)
            && fact.Select((word, i) => words[at + i].Plain == word).All(same => same));
    }

    /// <summary>Whether a question asks for something else: it has no word of the fact, but others that are not around it, in small letters, so no names. A
    /// model that says the fact to such a question reads past it.</summary>
    public static bool Elsewhere(IReadOnlyCollection<string> fact, string question, string subject) => Share(fact, question) == 0
        && Bm25Index.Words(subject) is var name && Written(question).Any(word => word.IsLower && !Around.Contains(word.Plain) && !name.Contains(word.Plain));

    private static (string Plain, bool IsLower)[] Written(string text) =>
        [.. Bm25Index.WrittenWords(text).Select(word => (word.ToLowerInvariant(), char.IsLower(word[0])))];
}
