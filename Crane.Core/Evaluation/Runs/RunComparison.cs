using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Two runs on the same probes, one metric on one level.</summary>
/// <param name="Metric">Metric id.</param>
/// <param name="Level">A probe level, or all.</param>
/// <param name="N">Probes that both runs have.</param>
/// <param name="Clusters">Their edits.</param>
/// <param name="First">Mean of the first run.</param>
/// <param name="Second">Mean of the second.</param>
/// <param name="Difference">Second − first.</param>
/// <param name="Low">Lower end of the 95 % interval of the difference, clustered by edit.</param>
/// <param name="High">Upper end.</param>
/// <param name="PValue">Two-sided, of no difference, with the clustered error; 1 where no probe differs.</param>
/// <param name="Adjusted">The same after Benjamini and Hochberg over all lines of the comparison.</param>
/// <param name="OnlyFirst">Probes that the first run alone gets right (for metrics of 0 and 1).</param>
/// <param name="OnlySecond">Probes that the second alone gets right.</param>
public sealed record ComparisonLine(string Metric, string Level, int N, int Clusters, double First, double Second, double Difference, double Low, double High,
    double PValue, double Adjusted,
    int OnlyFirst, int OnlySecond);

/// <summary>Pairs two runs probe by probe: what both get right or wrong says nothing about their difference, so the interval is narrower than that of two
/// separate means.</summary>
public static class RunComparison
{
    /// <summary>Compares a metric level by level and over all levels.</summary>
    /// <param name="first">Records of one run.</param>
    /// <param name="second">Of the other; probes that only one has are left out.</param>
    /// <param name="metric">Metric id.</param>
    /// <exception cref="ArgumentException">The runs share no two probes with the metric.</exception>
    public static IReadOnlyList<ComparisonLine> Of(IReadOnlyList<ProbeRecord> first, IReadOnlyList<ProbeRecord> second, string metric)
    {
        var others = second.Where(record => record.Metrics.ContainsKey(metric)).ToDictionary(record => record.Probe);
        var pairs = first.Where(record => record.Metrics.ContainsKey(metric) && others.ContainsKey(record.Probe))
            .Select(record => (A: record, B: others[record.Probe])).ToList();
        if (pairs.Count < 2) throw new ArgumentException($"The runs share {pairs.Count} probes with the metric '{metric}'; a comparison needs at least two.",
            nameof(second));
        var lines = pairs.Select(pair => pair.A.Level).Distinct().Append(RunSummary.All)
            .Select(level => (Level: level, Cell: pairs.Where(pair => level == RunSummary.All || pair.A.Level == level).ToList()))
                .Where(cell => cell.Cell.Count > 1)
            .Select(cell => Line(metric, cell.Level, [.. cell.Cell.Select(pair => pair.A.Metrics[metric])],
                [.. cell.Cell.Select(pair => pair.B.Metrics[metric])], [.. cell.Cell.Select(pair => pair.A.Edit)])).ToList();
        var adjusted = MultipleComparisons.BenjaminiHochberg([.. lines.Select(line => line.PValue)]);
        return [.. lines.Zip(adjusted, (line, p) => line with { Adjusted = p })];
    }

    private static ComparisonLine Line(string metric, string level, double[] a, double[] b, string[] edits)
    {
        var difference = new PairedComparison(b, a).Clustered(edits);
        var error = difference.StandardError;
        var p = error == 0 ? difference.Mean == 0 ? 1 : 0 : Distributions.NormalTwoSided(difference.Mean / error);
        var differ = McNemar.Of([.. a.Select(value => value == 1)], [.. b.Select(value => value == 1)]);
        return new(metric, level, a.Length, difference.Clusters, a.Average(), b.Average(), difference.Mean, difference.Interval.Low, difference.Interval.High,
            p, p, differ.OnlyA, differ.OnlyB);
    }
}
