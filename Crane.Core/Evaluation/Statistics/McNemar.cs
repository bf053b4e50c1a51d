namespace Crane.Core.Evaluation.Statistics;

/// <summary>McNemar's test: two methods on the same probes, right or wrong. Only the probes on which they differ count.</summary>
/// <param name="OnlyA">Probes that the first method alone gets right.</param>
/// <param name="OnlyB">Probes that the second alone gets right.</param>
public readonly record struct McNemar(int OnlyA, int OnlyB)
{
    /// <summary>Counts the probes on which two methods differ.</summary>
    /// <exception cref="ArgumentException">The lists have different lengths.</exception>
    public static McNemar Of(IReadOnlyList<bool> a, IReadOnlyList<bool> b)
    {
        Samples.SameLength(a, b);
        var pairs = a.Zip(b).ToArray();
        return new(pairs.Count(pair => pair is (true, false)), pairs.Count(pair => pair is (false, true)));
    }

    /// <summary>Binomial test of the smaller count against ½; the statistic is that count. p is 1 where the methods never differ.</summary>
    public TestResult Exact()
    {
        var smaller = Math.Min(OnlyA, OnlyB);
        return new(smaller, Math.Min(1, 2 * Distributions.BinomialCdf(smaller, OnlyA + OnlyB, 0.5)));
    }

    /// <summary>(|b − c| − correction)² / (b + c), chi-squared with one degree of freedom; correction 1 or 0 (statsmodels <c>mcnemar</c>). NaN where the
    /// methods never differ.</summary>
    public TestResult ChiSquared(bool corrected = true)
    {
        var distance = Math.Abs(OnlyA - OnlyB) - (corrected ? 1.0 : 0.0);
        var statistic = distance * distance / (OnlyA + OnlyB);
        return new(statistic, Distributions.ChiSquaredSf(statistic, 1));
    }
}
