using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Tables;

/// <summary>A column of the paper's table: a metric in a cell of level × stratum × modality.</summary>
/// <param name="Heading">Short, for the head of the column.</param>
/// <param name="Metric">Metric id.</param>
/// <param name="Level">A probe level, or all.</param>
/// <param name="Stratum">none, weak, strong or all.</param>
/// <param name="Modality">visual, textual or all.</param>
public sealed record TableColumn(string Heading, string Metric, string Level = RunSummary.All, string Stratum = RunSummary.All,
    string Modality = RunSummary.All)
{
    /// <summary>Whether less is better, and the value is no share.</summary>
    public bool IsCost => Metric.StartsWith(RunCosts.Family, StringComparison.Ordinal);

    /// <summary>Whether a summary line is of this column.</summary>
    public bool Holds(SummaryLine line) => (line.Metric, line.Level, line.Stratum, line.Modality) == (Metric, Level, Stratum, Modality);

    /// <summary>Whether an answer counts in this column.</summary>
    public bool Counts(StoredAnswer answer) => answer.Metrics.ContainsKey(Metric) && Is(answer.Level, Level) && Is(answer.Stratum, Stratum)
        && Is(answer.Modality, Modality);

    private static bool Is(string value, string wanted) => wanted == RunSummary.All || value == wanted;
}

/// <summary>The columns of the paper's table, in parts that fit a page.</summary>
public static class TableColumns
{
    /// <summary>What comes of the edited questions.</summary>
    public static IReadOnlyList<TableColumn> Success { get; } =
    [
        new("forced tokens, exact", TeacherForced.TokenAccuracyId, ProbeLevels.Exact), new("valid form", ProbeScores.FormatValidity),
        new("GS exact", GroundedSuccess.Id, ProbeLevels.Exact), new("GS, no old belief", GroundedSuccess.Id, Stratum: Strata.None),
            new("GS, weak", GroundedSuccess.Id, Stratum: Strata.Weak),
        new("GS, strong", GroundedSuccess.Id, Stratum: Strata.Strong), new("GS rephrased", GroundedSuccess.Id, ProbeLevels.RephraseText),
            new("GS other picture", GroundedSuccess.Id, ProbeLevels.RephraseImage),
    ];

    /// <summary>What comes of the questions behind them.</summary>
    public static IReadOnlyList<TableColumn> Chains { get; } =
    [
        .. Enumerable.Range(1, 4).Select(hops => new TableColumn($"{hops} hop{(hops > 1 ? "s" : "")}", GroundedSuccess.Id, ProbeLevels.MultiHop(hops))),
        new("composition", GroundedSuccess.Id, ProbeLevels.Composition), new("entities on the way", ProbeScores.IntermediateEntityUsage),
    ];

    /// <summary>What else changes, and what it costs.</summary>
    public static IReadOnlyList<TableColumn> Neighbours { get; } =
    [
        new("text, random", ProbeScores.EditIndependence, ProbeLevels.LocalityText),
            new("text, hard", ProbeScores.EditIndependence, ProbeLevels.LocalityTextHard),
        new("image, random", ProbeScores.EditIndependence, ProbeLevels.LocalityImage),
            new("image, hard", ProbeScores.EditIndependence, ProbeLevels.LocalityImageHard),
        new("edit, s", RunCosts.EditSeconds), new("bytes an edit", RunCosts.BytesPerEdit), new("added, ms", RunCosts.AddedSeconds),
    ];

    /// <summary>How methods fail.</summary>
    public static IReadOnlyList<TableColumn> Failures { get; } =
    [
        new("collapse", ProbeScores.Collapse), new("dissonance", ProbeScores.Dissonance), new("shallow", ProbeScores.Shallow),
    ];

    /// <summary>What is followed as more edits come into force.</summary>
    public static IReadOnlyList<TableColumn> Sequences { get; } =
        [new("forced tokens, exact", TeacherForced.TokenAccuracyId, ProbeLevels.Exact), new("valid form", ProbeScores.FormatValidity),
            new("GS exact", GroundedSuccess.Id, ProbeLevels.Exact),
            new("independence", ProbeScores.EditIndependence)];
}
