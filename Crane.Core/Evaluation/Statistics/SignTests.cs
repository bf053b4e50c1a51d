using System.Numerics;

namespace Crane.Core.Evaluation.Statistics;

/// <summary>Tests of paired differences that use their signs.</summary>
public static class SignTests
{
    /// <summary>Sign test: binomial test of the positive among the non-zero differences against ½. 1 where all are zero.</summary>
    public static double SignTestP(IReadOnlyList<double> differences)
    {
        var (positive, nonZero) = (differences.Count(d => d > 0), differences.Count(d => d != 0));
        return Math.Min(1, 2 * Distributions.BinomialCdf(Math.Min(positive, nonZero - positive), nonZero, 0.5));
    }

    /// <summary>Permutation test over all 2ⁿ choices of signs; the statistic is the mean difference, p is twice the smaller tail (SciPy
    /// <c>permutation_test</c>, samples).</summary>
    /// <param name="differences">At most 25 values.</param>
    public static TestResult SignFlipExact(IReadOnlyList<double> differences)
    {
        if (differences.Count is 0 or > 25)
            throw new ArgumentException($"All sign flips are tried for 1 to 25 differences, there are {differences.Count}; use {nameof(SignFlip)}, which draws some.", nameof(differences));
        var sums = new double[1 << differences.Count];                             // sums[m]: the differences whose bit is set in m are flipped
        sums[0] = differences.Sum();
        for (var m = 1; m < sums.Length; m++)
            sums[m] = sums[m & (m - 1)] - 2 * differences[BitOperations.TrailingZeroCount(m)];
        return Tails(sums, sums[0], differences.Count, added: 0);
    }

    /// <summary>The same over drawn signs; the observed one is counted among them, so p is never 0.</summary>
    /// <param name="differences">Any number but none.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="resamples">How many are drawn.</param>
    public static TestResult SignFlip(IReadOnlyList<double> differences, int seed, int resamples = 9999)
    {
        if (differences.Count == 0) throw new ArgumentException("There are no differences.", nameof(differences));
        var random = Seeds.Random(seed);
        var sums = new double[resamples];
        for (var i = 0; i < resamples; i++)
            foreach (var d in differences) sums[i] += random.Next(2) == 0 ? d : -d;
        return Tails(sums, differences.Sum(), differences.Count, added: 1);
    }

    // Sums that equal the observed one up to rounding belong to both tails.
    private static TestResult Tails(double[] sums, double observed, int count, int added)
    {
        var slack = 1e-13 * Math.Max(Math.Abs(observed), sums.Max(Math.Abs));
        double Share(Func<double, bool> isInTail) => (sums.Count(isInTail) + added) / (double)(sums.Length + added);
        return new(observed / count, Math.Min(1, 2 * Math.Min(Share(s => s <= observed + slack), Share(s => s >= observed - slack))));
    }
}
