using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Metrics;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Which numbers of a run go to <c>data/results/summary.jsonl</c>: those that tables, figures and readers ask for, about 330 lines a run. Everything
/// else is in the
/// answers beside it (<see cref="StoredRun"/>), from which any cell can be made again.</summary>
public static class SummaryCells
{
    /// <summary>Metrics that stand by level crossed with stratum or modality.</summary>
    public static IReadOnlyList<string> Headline { get; } = [GroundedSuccess.Id, ProbeScores.IntermediateEntityUsage, ProbeScores.EditIndependence];

    /// <summary>Metrics that stand by level, and for all levels together by stratum × modality.</summary>
    public static IReadOnlyList<string> Usual { get; } =
    [
        TeacherForced.TokenAccuracyId, ProbeScores.FormatValidity, ProbeScores.AnswerAccuracy, ProbeScores.EntityUsage, ProbeScores.Collapse,
            ProbeScores.Dissonance, ProbeScores.Shallow,
    ];

    /// <summary>What an answer in a stored run is scored by.</summary>
    public static IReadOnlyList<string> Stored { get; } = [.. Headline, .. Usual];

    /// <summary>Whether a line belongs into the summary.</summary>
    public static bool IsKept(SummaryLine line)
    {
        if (line.Metric.StartsWith(RunCosts.Family, StringComparison.Ordinal)) return true;
        var (byStratum, byModality) = (line.Stratum != RunSummary.All, line.Modality != RunSummary.All);
        var whole = !byStratum && !byModality;
        // How the two teacher-forced localities of the literature come out: once a level, for comparison with it.
        if (line.Metric.StartsWith(LogitLocality.TopKPrefix, StringComparison.Ordinal)) return whole && ProbeLevels.IsLocality(line.Level);
        if (Headline.Contains(line.Metric)) return !(byStratum && byModality) || line.Level is RunSummary.All or ProbeLevels.Exact;
        if (!Usual.Contains(line.Metric)) return false;
        return whole || line.Level == RunSummary.All || (line.Level == ProbeLevels.Exact && line.Metric == TeacherForced.TokenAccuracyId);
    }
}
