using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Where numbers come from; stands beside each of them.</summary>
/// <param name="Seeds">Seeds of the runs.</param>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record RunOrigin(int[] Seeds, string Commit, string Machine, double Seconds);

/// <summary>What the records of a run come to: means with 95 % intervals clustered by edit, since the probes of one edit are not independent.</summary>
public static class RunSummary
{
    /// <summary>Stands for all levels, strata or modalities.</summary>
    public const string All = "all";

    /// <summary>One line for each metric in each cell of level × stratum × modality that has probes, cells over all of them included.</summary>
    /// <param name="records">Of one run, or of several seeds of one.</param>
    /// <param name="method">Method and retrieval.</param>
    /// <param name="setting">single, sequential-10, …</param>
    /// <param name="origin">Where they come from.</param>
    /// <returns>In the order of levels and strata as they first occur, <see cref="All"/> last; within a stratum all modalities together come first.</returns>
    public static IReadOnlyList<SummaryLine> Of(IReadOnlyList<ProbeRecord> records, Method method, string setting, RunOrigin origin)
    {
        var lines = new List<SummaryLine>();
        foreach (var level in Values(records, r => r.Level))
            foreach (var stratum in Values(records, r => r.Stratum))
                foreach (var modality in Values(records, r => r.Modality).OrderBy(m => m != All))
                {
                    var cell = records.Where(r => Is(r.Level, level) && Is(r.Stratum, stratum) && Is(r.Modality, modality)).ToList();
                    foreach (var metric in cell.SelectMany(r => r.Metrics.Keys).Distinct().Order(StringComparer.Ordinal))
                        lines.Add(Line([.. cell.Where(r => r.Metrics.ContainsKey(metric))], metric, method, setting, level, stratum, modality, origin));
                }
        return lines;
    }

    private static SummaryLine Line(ProbeRecord[] cell, string metric, Method method, string setting, string level, string stratum, string modality,
        RunOrigin origin)
    {
        double[] values = [.. cell.Select(r => r.Metrics[metric])];
        var clusters = cell.Select(r => r.Edit).ToArray();
        var (edits, interval) = (clusters.Distinct().Count(), Interval(values, clusters));
        return new(method.Id, setting, method.Retrieval, level, stratum, modality, metric, Rounded(values.Average()), Rounded(interval.Low),
            Rounded(interval.High), values.Length, edits,
            origin.Seeds, origin.Commit, origin.Machine, origin.Seconds);
    }

    /// <summary>Clustered by edit, inside 0..1. Values that are all 0 or all 1 would leave an interval of no width: there it is Wilson's over the
    /// edits.</summary>
    internal static Interval Interval(double[] values, string[] clusters)
    {
        if (values.All(v => v == values[0]) && values[0] is 0 or 1)
        {
            var edits = clusters.Distinct().Count();
            return ProportionInterval.Wilson(values[0] == 1 ? edits : 0, edits);
        }
        if (values.Length == 1) return new(0, 1);   // one share of tokens says nothing about the next
        var interval = ClusteredMean.Of(values, clusters).Interval;
        return new(Math.Max(interval.Low, 0), Math.Min(interval.High, 1));
    }

    private static double Rounded(double share) => Math.Round(share, 6);   // monotone, so low ≤ mean ≤ high stays

    private static IEnumerable<string> Values(IReadOnlyList<ProbeRecord> records, Func<ProbeRecord, string> of) => records.Select(of).Distinct().Append(All);

    private static bool Is(string value, string wanted) => wanted == All || value == wanted;
}
