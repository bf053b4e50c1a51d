namespace Crane.Core.Training.Pretraining;

/// <summary>An entry of the notes in front of a question.</summary>
/// <param name="Key">What it is about: "the capital of Chad", or a name.</param>
/// <param name="Link">"is now" or "now shows".</param>
/// <param name="Value">What it says.</param>
public sealed record Note(string Key, string Link, string Value)
{
    /// <summary>An attribute of something is now another.</summary>
    public static Note Fact(string attribute, string subject, string value) => new($"the {attribute} of {subject}", "is now", value);

    /// <summary>A picture now shows something else.</summary>
    public static Note Shows(string subject, string value) => new(subject, "now shows", value);

    /// <summary>The entry as a clause.</summary>
    public string Text => $"{Key} {Link} {Value}";

    /// <summary>The notes as they stand in front of a question.</summary>
    public static string Join(IEnumerable<Note> notes) => Sentence($"Note: {string.Join("; ", notes.Select(note => note.Text))}") + " ";

    /// <summary>The sentence that quotes the entry. The key stands directly before the decision, so that completing the quotation and deciding whether an entry
    /// applies are one act of copying.</summary>
    public string Quoted => Sentence($"In the note, {Text}");

    /// <summary>Ends a sentence; the full stop of "Washington D.C." serves as its own.</summary>
    public static string Sentence(string words) => words.EndsWith('.') ? words : words + ".";

    /// <summary>The sentence that says that no entry is about a key.</summary>
    public static string Absent(string key) => $"In the note, {key} is not given.";
}
