using System.Globalization;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Display;
using Deedle;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Summary lines as a frame, as Markdown and as figures.</summary>
/// <param name="lines">Of one run or several.</param>
public sealed class RunReport(IReadOnlyList<SummaryLine> lines)
{
    /// <summary>The metrics that tables show unless others are named.</summary>
    public static IReadOnlyList<string> Usual { get; } =
    [
        TeacherForced.TokenAccuracyId, ProbeScores.FormatValidity, ProbeScores.AnswerAccuracy, GroundedSuccess.Id, ProbeScores.Collapse,
            ProbeScores.Dissonance, ProbeScores.Shallow,
        ProbeScores.IntermediateEntityUsage, ProbeScores.EditIndependence,
    ];

    /// <summary>All lines as a Deedle frame, a row a line, a column a field.</summary>
    public Frame<int, string> Frame() => Deedle.Frame.FromRecords(lines.Select(line => new
    {
        line.Method, line.Setting, line.Retrieval, line.Level, line.Stratum, line.Modality, line.Metric, line.Mean, line.Low, line.High, line.N, line.Clusters,
    }));

    /// <summary>Levels down, metrics across, as a Deedle frame of means in 0..1; empty where a metric does not apply.</summary>
    /// <param name="stratum">none, weak, strong or all.</param>
    /// <param name="modality">visual, textual or all; another than all only with stratum all.</param>
    public Frame<string, string> Means(string stratum = RunSummary.All, string modality = RunSummary.All)
    {
        var cells = Cells(stratum, modality).ToList();
        return Deedle.Frame.FromColumns(cells.GroupBy(line => $"{Name(line)} {line.Metric}").Select(column =>
            KeyValuePair.Create(column.Key, new Deedle.Series<string, double>(column.Select(line => KeyValuePair.Create(line.Level, line.Mean))))));
    }

    /// <summary>A table a method: levels down, metrics across, per cent with 95 % intervals.</summary>
    /// <param name="metrics">Metric ids; null: <see cref="Usual"/>, as far as there are lines.</param>
    /// <param name="stratum">none, weak, strong or all.</param>
    /// <param name="modality">visual, textual or all.</param>
    public string Markdown(IReadOnlyList<string>? metrics = null, string stratum = RunSummary.All, string modality = RunSummary.All)
    {
        var text = new StringBuilder();
        foreach (var run in Cells(stratum, modality).GroupBy(Name))
        {
            var shown = (metrics ?? Usual).Where(metric => run.Any(line => line.Metric == metric)).ToList();
            text.Append($"**{run.Key}**\n\n| level | n | {string.Join(" | ", shown.Select(Short))} |\n|{string.Concat(Enumerable.Repeat(" --- |", shown.Count + 2))}\n");
            foreach (var level in ProbeLevels.All.Append(RunSummary.All))
                if (run.Where(line => line.Level == level).ToList() is { Count: > 0 } row)
                    text.Append($"| {level} | {row.Max(line => line.N)} | {string.Join(" | ", shown.Select(metric => row.FirstOrDefault(line => line.Metric == metric) is { } line ? Percent(line) : "–"))} |\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>A metric over the levels, a bar a run, with intervals.</summary>
    /// <param name="metric">Metric id.</param>
    /// <param name="title">Heading.</param>
    /// <param name="levels">null: all that have lines.</param>
    /// <param name="stratum">none, weak, strong or all.</param>
    /// <param name="modality">visual, textual or all.</param>
    public BarFigure Bars(string metric, string title, IReadOnlyList<string>? levels = null, string stratum = RunSummary.All, string modality = RunSummary.All)
    {
        var cells = Cells(stratum, modality).Where(line => line.Metric == metric).ToList();
        if (cells.Count == 0) throw new ArgumentException($"No line has the metric '{metric}' for stratum {stratum} and modality {modality}.", nameof(metric));
        string[] shown = [.. (levels ?? [.. ProbeLevels.All]).Where(level => cells.Any(line => line.Level == level))];
        double[] Of(IEnumerable<SummaryLine> run, Func<SummaryLine, double> value) =>
            [.. shown.Select(level => run.FirstOrDefault(line => line.Level == level) is { } line ? 100 * value(line) : double.NaN)];
        return Figure.Bars(title, shown, [.. cells.GroupBy(Name)
            .Select(run => new BarSeries(run.Key, Of(run, l => l.Mean), Of(run, l => l.Low), Of(run, l => l.High)))], y: "%");
    }

    /// <summary>"97.5 [95.0, 98.8]", in per cent.</summary>
    public static string Percent(SummaryLine line) => Percent(line.Mean, line.Low, line.High);

    /// <summary>The same of a mean and the ends of its interval, all in 0..1.</summary>
    public static string Percent(double mean, double low, double high) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * mean:f1} [{100 * low:f1}, {100 * high:f1}]");

    private IEnumerable<SummaryLine> Cells(string stratum, string modality) => lines.Where(line => line.Stratum == stratum && line.Modality == modality);

    private static string Name(SummaryLine line) => $"{line.Method}, {line.Setting}, retrieval {line.Retrieval}";

    private static string Short(string metric) => metric[(metric.IndexOf('/') + 1)..].Replace('-', ' ')
        + (metric.StartsWith("teacher-forced", StringComparison.Ordinal) ? " (forced)" : "");
}
