using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Routing;

/// <summary>How edits stand in a prompt, and how a chain of thought looks them up: "Memory: the flag of Japan now shows the flag of Brazil. Which country has this
/// flag?" The subject of an entry is the model's own belief before the edit, so what it sees can be compared with it.</summary>
public static class MemoryText
{
    /// <summary>The entries in front of a question; the question alone where there is none.</summary>
    public static string Prompt(IReadOnlyCollection<Note> entries, string question) =>
        entries.Count == 0 ? question : $"{Note.Sentence($"Memory: {string.Join("; ", entries.Select(entry => entry.Text))}")} {question}";

    /// <summary>The sentence that follows an entry.</summary>
    public static string Applies(Note entry) => Note.Sentence($"In the memory, {entry.Text}");

    /// <summary>The sentence that says that no entry is about a subject.</summary>
    public static string Absent(string key) => $"In the memory, {key} is not given.";
}
