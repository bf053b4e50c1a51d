using System.Text.Json.Serialization;

namespace Crane.Core.Memory;

/// <summary>One edit in a library. Entries are never changed: a newer one supersedes, and its state says so.</summary>
public sealed record EditEntry
{
    /// <summary>Unique in its library, for ever.</summary>
    public required string Id { get; init; }

    /// <summary>Whether a picture or a sentence is the key.</summary>
    public required Modality Modality { get; init; }

    /// <summary>What the edit is about: the picture's name or the entity of the sentence.</summary>
    public required string Subject { get; init; }

    /// <summary>The question whose answer changes.</summary>
    public required string Question { get; init; }

    /// <summary>The model's own answer before the edit, if known.</summary>
    public string? OldBelief { get; init; }

    /// <summary>The new answer.</summary>
    public required string NewValue { get; init; }

    /// <summary>Who or what says so.</summary>
    public string? Provenance { get; init; }

    /// <summary>The embedding that finds it, or null while there is none. Its length is the encoder's.</summary>
    [JsonConverter(typeof(VectorJsonConverter))]
    public float[]? Key { get; init; }

    /// <summary>What the model itself says where the edit speaks: the sentence that names the picture, or a fact's sentence up to its value ("The capital of
    /// Chad is").
    /// null: not read, or the model reads past the question: it has no word for what <see cref="Chain"/> changes.</summary>
    public string? Reading { get; init; }

    /// <summary>The sentence that the edit puts in its place ("The picture shows the flag of Brazil."); null: the reading with the new value.</summary>
    public string? Chain { get; init; }

    /// <summary>When it came in; set by the library.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Set by the library.</summary>
    public EntryState State { get; init; }

    /// <summary>The entry that it was meant to replace, or null; set by <see cref="EditLibrary.Update"/>.</summary>
    public string? Supersedes { get; init; }

    /// <summary>The words with which <see cref="Chain"/> leads up to the new value: how a model that reads well says this fact. null: there is no such
    /// sentence.</summary>
    [JsonIgnore]
    public string? Stem => Modality is Modality.Textual && Chain?.LastIndexOf(NewValue, StringComparison.Ordinal) is > 0 and var at
        ? Chain[..at].TrimEnd() : null;

    /// <summary>What a textual entry is found by: the question, the subject where the question does not name it, and the model's reading.</summary>
    [JsonIgnore]
    public string Sentence => $"{(Question.Contains(Subject, StringComparison.OrdinalIgnoreCase) ? Question : $"{Subject}: {Question}")} {Reading}".TrimEnd();

    /// <summary>Whether the model has no words of its own for this fact. The words of the question alone can find such an entry, see <see
    /// cref="FactWords"/>.</summary>
    [JsonIgnore]
    public bool IsUnread => Modality is Modality.Textual && Reading is null;

    /// <summary>The entry with what the model said to its question; an old belief that is given stays.</summary>
    internal EditEntry WithReading(Reading reading) => this with
    {
        OldBelief = OldBelief ?? (reading.Answer.Length > 0 ? reading.Answer : null),
        Reading = reading.Sentences.Count == 0 ? null : Modality is Modality.Visual ? reading.Sentences[0]
            : UpTo(reading.Sentences[^1], reading.Answer) is var said && SpeaksOfThis(said) ? said : null,
    };

    /// <summary>Whether a reading has every word of the <see cref="Stem"/> but those of one or two letters and of the subject, whose name the model may misspell.
    /// Asked for a fact that it does not know ("the oldest bridge of Chad"), a model answers the nearest question that it knows, and its words would find this
    /// entry for that one.</summary>
    private bool SpeaksOfThis(string reading) =>
        Stem is null || Bm25Index.Words(Stem).Where(word => word.Length > 2).Except(Bm25Index.Words(Subject)).All(Bm25Index.Words(reading).Contains);

    /// <summary>The sentence with which a chain goes on from this entry.</summary>
    internal string ChainAfter(string question)
    {
        if (Chain is not null) return Chain;
        var sentence = Reading is null ? $"{question} {NewValue}" : Modality is Modality.Textual ? $"{Reading} {NewValue}"
            : OldBelief is not null && Reading.Contains(OldBelief, StringComparison.Ordinal) ? Reading.Replace(OldBelief, NewValue, StringComparison.Ordinal)
                : $"The picture shows {NewValue}";
        return sentence.EndsWith('.') ? sentence : sentence + ".";
    }

    private static string UpTo(string sentence, string value)
    {
        var at = value.Length == 0 ? -1 : sentence.LastIndexOf(value, StringComparison.Ordinal);
        return at > 0 ? sentence[..at].TrimEnd() : sentence;
    }

    /// <summary>Two entries with equal slots answer the same question about the same thing: in the edit's own words where it has a sentence, otherwise in the
    /// model's where it read them, otherwise in the question's; case, spaces and punctuation do not count.</summary>
    internal (Modality, string, string) Slot => (Modality, Plain(Subject), Plain(Stem ?? Reading ?? Question));

    private static string Plain(string text) => Bm25Index.Words(text) is { Length: > 0 } words ? string.Join(' ', words) : text.Trim();

    /// <summary>This entry, or an exception that names the field.</summary>
    /// <exception cref="ArgumentException">A required text is empty, or the key has no direction.</exception>
    public EditEntry Checked()
    {
        (string Name, string? Text)[] required = [("id", Id), ("subject", Subject), ("question", Question), ("new value", NewValue)];
        foreach (var (name, text) in required)
            if (string.IsNullOrWhiteSpace(text)) throw new ArgumentException($"Entry '{Id}': the {name} is empty.");
        if (Key is not null) VectorChecks.Check(Key, Key.Length, $"entry '{Id}'");
        return this;
    }
}
