using System.Globalization;
using System.Text;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Pages;

/// <summary>The report in Markdown, for a review or an issue: what ran where and how long, and the tables of the results.</summary>
internal static class ReportMarkdown
{
    /// <summary>The text.</summary>
    /// <param name="results">What ran.</param>
    /// <param name="refused">What could not be run, and why.</param>
    /// <param name="provenance">Commit, mode, machine, date.</param>
    /// <param name="store">The results that the tables are of.</param>
    /// <param name="studies">What <c>crane ablate</c> found.</param>
    public static string Of(IReadOnlyList<ChapterResult> results, IReadOnlyList<(string Path, string Reason)> refused,
        IReadOnlyList<(string Name, string Value)> provenance, ResultsStore store, IReadOnlyList<AblationLine> studies)
    {
        var text = new StringBuilder("# Crane: report\n\n| | |\n| --- | --- |\n");
        foreach (var (name, value) in provenance.Append(("wall time",
            RunLog.Duration(results.Sum(r => r.Duration.TotalSeconds))))) text.Append($"| {Plain(name)} | {Plain(value)} |\n");
        text.Append("\n## Chapters\n\n| chapter | outcome | code cells | time |\n| --- | --- | ---: | ---: |\n");
        foreach (var r in results)
        {
            var outcome = r.Failure is { } f ? $"**failed at cell {f.Number}**: {Plain(f.Error.Name)}" : "ran";
            text.Append($"| {Plain(r.Notebook.Name)} | {outcome} | {r.Notebook.CodeCells.Count()} | {RunLog.Duration(r.Duration.TotalSeconds)} |\n");
        }

        foreach (var (path, reason) in refused) text.Append($"| {Plain(Path.GetFileName(path))} | **not run**: {Plain(reason)} | | |\n");
        text.Append($"\n## Results\n\nOf `data/results`; each row has seeds, commit and machine there.\n\n{new ResultsMarkdown(store).Write()}");
        Ood(text);
        Studies(text, studies);
        return text.ToString();
    }

    private static void Ood(StringBuilder text)
    {
        var lines = KindSummary.Shipped().Where(line => line is { Kind: RunSummary.All, Level: KindSummary.Edited }).ToList();
        if (lines.Count == 0) return;
        text.Append("\nOut of distribution (`data/benchmark/ood`):\n\n");
        text.Append("| method | retrieval | CEM | F1 | Grounded Success | probes |\n| --- | --- | --- | --- | --- | ---: |\n");
        foreach (var run in lines.GroupBy(line => (line.Method, line.Retrieval)))
        {
            string Cell(string metric) => run.FirstOrDefault(line => line.Metric == metric) is { } line
                ? RunReport.Percent(line.Mean, line.Low, line.High) : "";
            text.Append(CultureInfo.InvariantCulture,
                $"| {MethodNames.Of(run.Key.Method)} | {run.Key.Retrieval} | {Cell("generated/cem")} | {Cell("generated/f1")} | ")
                .Append(CultureInfo.InvariantCulture, $"{Cell(Core.Evaluation.GroundedSuccess.Id)} | {run.Max(line => line.N)} |\n");
        }
    }

    private static void Studies(StringBuilder text, IReadOnlyList<AblationLine> studies)
    {
        if (studies.Count == 0) return;
        text.Append("\nStudies: one thing is left out, or made worse; per cent with 95 % intervals, in brackets the difference to the first variant where its ")
            .Append("interval, paired by probe, leaves 0 out.\n");
        foreach (var study in studies.GroupBy(line => line.Study))
        {
            var origin = $"{study.Max(line => line.Clusters)} edits; commits {string.Join(", ", study.Select(line => line.Commit).Distinct())}; "
                + $"{study.First().Machine}; {RunLog.Duration(study.DistinctBy(line => line.Variant).Sum(line => line.Seconds))}";
            text.Append($"\n**{Plain(study.Key)}**: {Plain(study.First().Question)} ({Plain(origin)})\n\n{StudyTable.Of([.. study])}\n");
        }
    }

    /// <summary>Text that ends no cell of a table and begins no markup.</summary>
    private static string Plain(string text) => text.ReplaceLineEndings(" ").Replace("\\", "\\\\").Replace("|", "\\|").Replace("<", "&lt;").Replace("*", "\\*");
}
