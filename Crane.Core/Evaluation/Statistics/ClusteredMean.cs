namespace Crane.Core.Evaluation.Statistics;

/// <summary>A mean whose values come in clusters: the probes of one edit succeed or fail together, so they count for less than as many independent
/// ones.</summary>
/// <param name="Mean">Of all values.</param>
/// <param name="StandardError">Clustered (Miller 2024, eq. 4).</param>
/// <param name="Interval">Mean ± z · standard error.</param>
/// <param name="N">Values.</param>
/// <param name="Clusters">Different clusters.</param>
public sealed record ClusteredMean(double Mean, double StandardError, Interval Interval, int N, int Clusters)
{
    /// <summary>Mean and interval.</summary>
    /// <param name="values">One a probe; at least two.</param>
    /// <param name="clusters">The edit of each probe.</param>
    /// <param name="confidence">In (0, 1).</param>
    public static ClusteredMean Of<TKey>(IReadOnlyList<double> values, IReadOnlyList<TKey> clusters, double confidence = 0.95) where TKey : notnull
    {
        var (mean, error) = (Samples.Mean(values), MillerError(values, clusters));
        return new(mean, error, Interval.Around(mean, Distributions.NormalCritical(confidence) * error), values.Count, clusters.Distinct().Count());
    }

    /// <summary>√(SE² + Σ_c Σ_{i≠j} (x_ic − x̄)(x_jc − x̄) / n²), SE with n − 1: Miller 2024, "Adding Error Bars to Evals", eq. 4. Negative correlation inside
    /// the
    /// clusters can make the sum negative; the error is then 0.</summary>
    public static double MillerError<TKey>(IReadOnlyList<double> values, IReadOnlyList<TKey> clusters) where TKey : notnull =>
        Math.Sqrt(Math.Max(Samples.Variance(values) / values.Count + CrossTerms(values, clusters) / values.Count / values.Count, 0));

    /// <summary>Σ_c Σ_{i≠j} (x_ic − x̄)(x_jc − x̄): what the values of a cluster share. 0 where each cluster has one value.</summary>
    public static double CrossTerms<TKey>(IReadOnlyList<double> values, IReadOnlyList<TKey> clusters) where TKey : notnull
    {
        var mean = Samples.Mean(values);
        return ClusterSums(values, clusters).Sum(sum => sum * sum) - values.Sum(v => (v - mean) * (v - mean));
    }

    /// <summary>√(Σ_c (Σ_i (x_ic − x̄))²) / n, the sandwich estimate of regression software (CR0); corrected by √(G / (G − 1)) for G clusters.</summary>
    public static double SandwichError<TKey>(IReadOnlyList<double> values, IReadOnlyList<TKey> clusters, bool corrected = false) where TKey : notnull
    {
        var sums = ClusterSums(values, clusters);
        var correction = corrected ? (double)sums.Count / (sums.Count - 1) : 1;
        return Math.Sqrt(correction * sums.Sum(sum => sum * sum)) / values.Count;
    }

    private static List<double> ClusterSums<TKey>(IReadOnlyList<double> values, IReadOnlyList<TKey> clusters) where TKey : notnull
    {
        Samples.SameLength(values, clusters);
        var mean = Samples.Mean(values);
        return [.. values.Zip(clusters).GroupBy(pair => pair.Second, (_, pairs) => pairs.Sum(pair => pair.First - mean))];
    }
}
