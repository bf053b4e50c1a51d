namespace Crane.Core.Evaluation.Statistics;

/// <summary>A share of successes that come in clusters: queries about one flag succeed or fail together.</summary>
/// <param name="Mean">0..1; not a number without trials.</param>
/// <param name="Interval">95 %, clustered (<see cref="ClusteredMean"/>), inside 0..1. Where all succeed or none does it is Wilson's over the clusters.</param>
/// <param name="Trials">How many.</param>
/// <param name="Clusters">Different clusters.</param>
public sealed record ClusteredShare(double Mean, Interval Interval, int Trials, int Clusters)
{
    /// <summary>Share and interval.</summary>
    /// <param name="trials">Whether each succeeded, and its cluster; any number.</param>
    public static ClusteredShare Of<TKey>(IReadOnlyList<(bool Success, TKey Cluster)> trials) where TKey : notnull
    {
        var (clusters, successes) = (trials.Select(t => t.Cluster).Distinct().Count(), trials.Count(t => t.Success));
        if (trials.Count == 0) return new(double.NaN, new(0, 1), 0, 0);
        var interval = successes == 0 || successes == trials.Count ? ProportionInterval.Wilson(successes == 0 ? 0 : clusters, clusters)
            : ClusteredMean.Of([.. trials.Select(t => t.Success ? 1.0 : 0)], [.. trials.Select(t => t.Cluster)]).Interval.WithinShares();
        return new((double)successes / trials.Count, interval, trials.Count, clusters);
    }

    /// <summary>In per cent, for example "97.5 [95.0, 98.8]"; a dash without trials.</summary>
    public override string ToString() => Trials == 0 ? "–"
        : FormattableString.Invariant($"{100 * Mean:f1} [{100 * Interval.Low:f1}, {100 * Interval.High:f1}]");
}
