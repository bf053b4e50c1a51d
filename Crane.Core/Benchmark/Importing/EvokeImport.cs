using System.Runtime.CompilerServices;

namespace Crane.Core.Benchmark.Importing;

/// <summary>Reads MMEVOKE (Jiang et al. 2025): questions about knowledge that came up after a model was trained, and the texts that inject it.</summary>
public static class EvokeImport
{
    private const string Ending = "\nAnswer the question using a single word or phrase.";

    /// <summary>Reads the questions, an edit each.</summary>
    /// <param name="questions">The evaluation file, an object a line or a JSON list.</param>
    /// <param name="injection">The injection file, a JSON list; a question's <c>ground_truth</c> is an index into it, and where there is none its own number
    /// is. null: the edits state
    /// question and answer alone.</param>
    /// <param name="settings">Where the pictures lie.</param>
    /// <param name="cancellationToken">Checked at every record.</param>
    /// <exception cref="FileNotFoundException">A file, or a picture, is missing.</exception>
    /// <exception cref="InvalidDataException">A record is damaged, or names knowledge that is not there; the message names its number and field.</exception>
    public static async IAsyncEnumerable<BenchmarkEdit> Read(string questions, string? injection, ImportSettings settings,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var knowledge = new List<string>();
        if (injection is not null)
            await foreach (var record in ImportRecord.Read(injection, cancellationToken))
                knowledge.Add(record.Objects("conversations") is [_, var told, ..] ? told.Text("value")
                    : throw new InvalidDataException($"{record.Where}: field 'conversations' must have two turns."));
        await foreach (var edit in ImportRecord.Edits(questions, settings, (record, number) =>
            Edits(record, number - 1, injection is null ? null : knowledge, settings), cancellationToken))
            yield return edit;
    }

    private static IEnumerable<BenchmarkEdit> Edits(ImportRecord record, int number, List<string>? knowledge, ImportSettings settings)
    {
        var id = $"mmevoke-{record.Text("question_id")}";
        if (settings.Picture(record, "image") is not { } picture) yield break;
        var (question, answers) = (Question(record.Text("text")), record.Texts("answer"));
        var probes = new ImportedProbes("mmevoke", id, settings);
        probes.Edited(ProbeLevels.Exact, "text", picture, question, answers[0], aliases: answers[1..]);
        yield return VlkebImport.Checked(new()
        {
            Id = id, Modality = Modality.Visual, Kind = record.Has("cnn_wiki_type") ? "mmevoke-" + record.Text("cnn_wiki_type")
                : "mmevoke", Subject = record.TextOrEmpty("type"), Picture = picture,
            Question = question, OldAnswer = "", Target = answers[0], Aliases = answers[1..], Injected = answers[0], Probes = probes.All,
            Statement = knowledge is null ? ImportedStatement.Of(question, answers[0], "", pictured: true) : Told(record, knowledge, number),
        }, record);
    }

    private static string Told(ImportRecord record, List<string> knowledge, int number)
    {
        var index = !record.Has("ground_truth") ? number
            : int.TryParse(record.Text("ground_truth"), out var named) ? named
                : throw new InvalidDataException($"{record.Where}: field 'ground_truth' must be a list of numbers, found '{record.Text("ground_truth")}'.");
        return index >= 0 && index < knowledge.Count ? knowledge[index]
            : throw new InvalidDataException($"{record.Where}: needs knowledge {index}, but the injection file has {knowledge.Count} records.");
    }

    private static string Question(string text) => (text.EndsWith(Ending, StringComparison.Ordinal) ? text[..^Ending.Length]
        : text.EndsWith(Ending.Trim(), StringComparison.Ordinal) ? text[..^Ending.Trim().Length] : text).Trim();
}
