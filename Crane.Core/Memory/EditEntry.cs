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

    /// <summary>When it came in; set by the library.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Set by the library.</summary>
    public EntryState State { get; init; }

    /// <summary>The entry that it was meant to replace, or null; set by <see cref="EditLibrary.Update"/>.</summary>
    public string? Supersedes { get; init; }

    /// <summary>The sentence that a textual entry is found by: the question, and the subject where the question does not name it.</summary>
    [JsonIgnore]
    public string Sentence => Question.Contains(Subject, StringComparison.OrdinalIgnoreCase) ? Question : $"{Subject}: {Question}";

    /// <summary>Two entries with equal slots answer the same question about the same thing; case, spaces and punctuation do not count.</summary>
    internal (Modality, string, string) Slot => (Modality, Plain(Subject), Plain(Question));

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
