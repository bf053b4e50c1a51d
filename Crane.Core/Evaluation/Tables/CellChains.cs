using Crane.Core.Benchmark;
using Crane.Core.Display;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Tables;

/// <summary>Opens cells of the table: the questions, chains and answers that a number is the mean of.</summary>
/// <param name="edits">The benchmark file that was run.</param>
/// <param name="pictures">Loads its pictures.</param>
public sealed class CellChains(IReadOnlyList<BenchmarkEdit> edits, BenchmarkPictures pictures)
{
    private readonly Dictionary<string, (BenchmarkEdit Edit, Probe Probe)> probes =
        edits.SelectMany(edit => edit.Probes.Select(probe => (Edit: edit, Probe: probe))).ToDictionary(p => p.Probe.Id);

    /// <summary>Chains of a cell, spread evenly over its answers.</summary>
    /// <param name="seeds">The stored answers of the row.</param>
    /// <param name="column">The column; not a cost.</param>
    /// <param name="count">How many are shown.</param>
    /// <param name="score">Only answers with this value of the metric, for example 0 for failures; null: any.</param>
    public View Open(IReadOnlyList<StoredRun> seeds, TableColumn column, int count = 3, double? score = null)
    {
        var answers = seeds.SelectMany(run => run.Answers).Where(column.Counts).Where(a => score is null || a.Metrics[column.Metric] == score)
            .Where(a => probes.ContainsKey(a.Probe)).ToList();
        if (answers.Count == 0)
            return new($"[no answers in '{column.Heading}'{(score is null ? "" : $" with the value {score}")}; those of this row are not stored, or there are none]");
        var shown = Math.Min(count, answers.Count);
        return Show.Chains(Enumerable.Range(0, shown).Select(i => Row(answers[(int)((long)i * answers.Count / shown)], column)));
    }

    /// <summary>All cells of a row, one chain each, without pictures: of a cell with failures the one in their middle, of any other the one in the middle of
    /// all.</summary>
    /// <param name="seeds">The stored answers of the row.</param>
    /// <param name="columns">Columns; costs and teacher-forced ones have no chains and are left out.</param>
    public View Overview(IReadOnlyList<StoredRun> seeds, IReadOnlyList<TableColumn> columns)
    {
        var rows = new List<ChainRow>();
        foreach (var column in columns.Where(column => column.Metric.StartsWith("generated/", StringComparison.Ordinal)))
        {
            var answers = seeds.SelectMany(run => run.Answers).Where(answer => column.Counts(answer) && probes.ContainsKey(answer.Probe)).ToList();
            if (answers.Count == 0) continue;
            var failed = answers.Where(answer => answer.Metrics[column.Metric] == 0).ToList();
            var of = failed.Count > 0 ? failed : answers;
            var row = Row(of[of.Count / 2], column);
            rows.Add(row with { Question = $"{column.Heading}, {failed.Count:N0} of {answers.Count:N0} fail · {row.Question}", Picture = null });
        }
        return rows.Count == 0 ? new("[the answers of this row are not stored]") : Show.Chains(rows);
    }

    private ChainRow Row(StoredAnswer answer, TableColumn column)
    {
        var (edit, probe) = probes[answer.Probe];
        (string, EntityRole)[] mentions = [.. probe.Chain.Append(edit.Injected).Distinct().Select(name => (name, EntityRole.Injected)),
            .. edit.OldAnswer.Length > 0 && edit.OldAnswer != edit.Injected ? [(edit.OldAnswer, EntityRole.Seen)] : Array.Empty<(string, EntityRole)>()];
        var entries = answer.Retrieved is { } ids
            ? $" · in the prompt: {string.Join("; ", ids.Select(id => edits.FirstOrDefault(e => e.Id == id)?.Statement ?? id))}"
            : $" · edited: {edit.Statement}";
        return new($"{probe.Question}{entries} · expected: {probe.Answer}", probe.Picture is null ? null : pictures.Load(probe.Picture), answer.Completion,
            [.. answer.Metrics.Where(m => m.Key == column.Metric || m.Key == GroundedSuccess.Id)
                .Select(m => ($"{m.Key[(m.Key.IndexOf('/') + 1)..].Replace('-', ' ')} {m.Value:0.##}", m.Value == 1))])
        {
            Mentions = mentions, EndedByEos = answer.Ended,
            Rejecting = answer.Think is not null && GroundedSuccess.RejectingSentence(answer.Think, edit.Injected) is { } rejecting ? [rejecting] : [],
        };
    }
}
