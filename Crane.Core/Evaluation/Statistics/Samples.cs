namespace Crane.Core.Evaluation.Statistics;

/// <summary>Moments of a sample; variances divide by n − 1. An empty sample has no mean, one value no variance: both give NaN.</summary>
public static class Samples
{
    /// <summary>Sum in pairs, whose rounding error hardly grows with the length; in the order of NumPy (eight partial sums up to 128 values, halves above), so
    /// that values
    /// which are equal up to rounding compare there and here alike.</summary>
    public static double Sum(IReadOnlyList<double> x) => PairwiseSum([.. x]);

    /// <summary>Arithmetic mean.</summary>
    public static double Mean(IReadOnlyList<double> x) => Sum(x) / x.Count;

    /// <summary>Σ(x − x̄)² / (n − 1).</summary>
    public static double Variance(IReadOnlyList<double> x)
    {
        var mean = Mean(x);
        return PairwiseSum([.. x.Select(v => (v - mean) * (v - mean))]) / (x.Count < 2 ? double.NaN : x.Count - 1);
    }

    /// <summary>Σ(x − x̄)(y − ȳ) / (n − 1).</summary>
    /// <exception cref="ArgumentException">The samples have different lengths.</exception>
    public static double Covariance(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        SameLength(x, y);
        var (meanX, meanY) = (Mean(x), Mean(y));
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / (x.Count < 2 ? double.NaN : x.Count - 1);
    }

    /// <summary>Square root of the variance.</summary>
    public static double StandardDeviation(IReadOnlyList<double> x) => Math.Sqrt(Variance(x));

    /// <summary>s / √n.</summary>
    public static double StandardError(IReadOnlyList<double> x) => StandardDeviation(x) / Math.Sqrt(x.Count);

    /// <summary>The middle value, or the mean of the two middle ones.</summary>
    public static double Median(IReadOnlyList<double> x) => Quantile(Sorted(x), 0.5);

    /// <summary>Quantile by linear interpolation between order statistics (NumPy's default, type 7 of Hyndman and Fan).</summary>
    /// <param name="sorted">Ascending, not empty.</param>
    /// <param name="share">In [0, 1].</param>
    public static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        if (sorted.Count == 0) throw new ArgumentException("A quantile needs at least one value.", nameof(sorted));
        if (share is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "A quantile is asked for by a share in [0, 1].");
        var at = share * (sorted.Count - 1);
        var below = (int)Math.Floor(at);
        return below + 1 < sorted.Count ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[^1];
    }

    /// <summary>A sorted copy.</summary>
    public static double[] Sorted(IReadOnlyList<double> x) => [.. x.Order()];

    /// <summary>Value by value, a − b.</summary>
    /// <exception cref="ArgumentException">The samples have different lengths.</exception>
    public static double[] Differences(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        SameLength(a, b);
        return [.. a.Zip(b, (x, y) => x - y)];
    }

    private static double PairwiseSum(ReadOnlySpan<double> x)
    {
        if (x.Length > 128)
        {
            var half = x.Length / 2 / 8 * 8;
            return PairwiseSum(x[..half]) + PairwiseSum(x[half..]);
        }
        var (total, i) = (0.0, 0);
        if (x.Length >= 8)
        {
            Span<double> part = stackalloc double[8];
            for (; i + 8 <= x.Length; i += 8)
                for (var k = 0; k < 8; k++) part[k] += x[i + k];
            total = part[0] + part[1] + (part[2] + part[3]) + (part[4] + part[5] + (part[6] + part[7]));
        }
        for (; i < x.Length; i++) total += x[i];
        return total;
    }

    internal static void SameLength<TX, TY>(IReadOnlyList<TX> x, IReadOnlyList<TY> y)
    {
        if (x.Count != y.Count)
            throw new ArgumentException($"The two samples belong together value by value, but one has {x.Count} and the other {y.Count}. Pair them by probe first.");
    }
}
