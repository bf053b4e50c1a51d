using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Model;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Makes edits of a benchmark ready to run: pictures loaded, notes and chains written in the nano model's words.</summary>
public static class BenchmarkCases
{
    private const string Shows = " now shows ";

    /// <summary>Prepares edits.</summary>
    /// <param name="edits">The edits to run.</param>
    /// <param name="all">All edits of the file: probes of a composition name partners among them.</param>
    /// <param name="pictures">Loads pictures.</param>
    /// <param name="stratum">The measured stratum of an edit.</param>
    /// <exception cref="InvalidDataException">A probe names an edit that the file does not have.</exception>
    public static IReadOnlyList<EditCase> Of(IEnumerable<BenchmarkEdit> edits, IReadOnlyList<BenchmarkEdit> all, BenchmarkPictures pictures, Func<BenchmarkEdit,
        string> stratum)
    {
        var byId = all.ToDictionary(edit => edit.Id);
        return [.. edits.Select(edit =>
        {
            var partners = edit.Probes.SelectMany(probe => probe.EditIds).Where(id => id != edit.Id).Distinct().ToList();
            if (partners.FirstOrDefault(id => !byId.ContainsKey(id)) is { } unknown)
                throw new InvalidDataException($"Edit '{edit.Id}': a probe needs the edit '{unknown}', which the file does not have.");
            return new EditCase(Of(edit, pictures), edit.Modality == Modality.Visual ? "visual" : "textual", stratum(edit),
                [.. edit.Probes.OrderBy(probe => probe.EditIds.Length).Select(probe => Of(probe, edit, pictures))],
                [.. partners.Select(id => Of(byId[id], pictures))])
            {
                Series = edit.Series,
            };
        })];
    }

    /// <summary>An edit as editors take it.</summary>
    public static Edit Of(BenchmarkEdit edit, BenchmarkPictures pictures)
    {
        var chain = Shown(edit) is { } shown ? $"The picture shows {shown}"
            : edit.Attribute is "country" or null ? $"{edit.Subject} is in {edit.Target}" : $"The {edit.Attribute} of {edit.Subject} is {edit.Target}";
        return new(edit.Id, new(edit.Question, edit.Picture is null ? null : pictures.Load(edit.Picture)), edit.Target, Note(edit))
        {
            Kind = edit.Modality == Modality.Visual ? EditKind.Visual : EditKind.Textual,
            Subject = edit.Modality == Modality.Textual && edit.Question.Contains(edit.Subject, StringComparison.Ordinal) ? edit.Subject : null,
            Chain = Sentence(chain),
        };
    }

    /// <summary>The edit as a note that stands in front of a question.</summary>
    public static string Note(BenchmarkEdit edit) => Sentence($"Note: {(Shown(edit) is { } shown ? $"the picture shows {shown}" : edit.Statement)}");

    /// <summary>What the picture of a visual edit shows now; null for another edit.</summary>
    private static string? Shown(BenchmarkEdit edit) =>
        edit.Modality == Modality.Visual && edit.Statement.IndexOf(Shows, StringComparison.Ordinal) is >= 0 and var at
            ? edit.Statement[(at + Shows.Length)..] : null;

    private static ProbeCase Of(Probe probe, BenchmarkEdit edit, BenchmarkPictures pictures) =>
        new(probe.Id, probe.Level, new Question(probe.Question, probe.Picture is null ? null : pictures.Load(probe.Picture)), [probe.Answer, .. probe.Aliases],
            probe.Chain,
            edit.Injected, probe.OldAnswer, [.. probe.EditIds.Where(id => id != edit.Id)])
        {
            OldBeliefs = edit.OldAnswer.Length > 0 ? [edit.OldAnswer] : [],
        };

    private static string Sentence(string words) => words.EndsWith('.') ? words : words + ".";
}
