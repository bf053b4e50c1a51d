using Crane.Core.Benchmark;
using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>How CRANE writes the entries that retrieval brings in front of a question.</summary>
public static class CranePrompt
{
    private const string Shows = " now shows ", FlagOf = "the flag of ";

    /// <summary>"Note: the flag of Japan now shows Brazil; the capital of Chad is now Lima. " and the question. Of a flag the new country is named alone, so
    /// that the value
    /// follows its key in as few words as in every other entry.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="statements">Entries as clauses, in the order of the prompt; perhaps none.</param>
    public static Question Write(Question question, IReadOnlyList<string> statements)
    {
        if (statements.Count == 0) return question;
        var note = $"Note: {string.Join("; ", statements.Select(Entry))}";
        return question with { Text = $"{note}{(note.EndsWith('.') ? "" : ".")} {question.Text}" };
    }

    /// <summary>The same of edits of a benchmark, as an <see cref="Evaluation.Runs.EntryWriter"/>.</summary>
    public static Question Write(Question question, IReadOnlyList<BenchmarkEdit> entries) => Write(question, [.. entries.Select(entry => entry.Statement)]);

    /// <summary>An entry as the prompt has it.</summary>
    public static string Entry(string statement) => statement.Replace(Shows + FlagOf, Shows, StringComparison.Ordinal);
}
