namespace Crane.Core.Evaluation.Statistics;

/// <summary>Probability that a two-sided test finds an effect that is there. The effect is in standard deviations (Cohen's d).</summary>
public static class Power
{
    /// <summary>One-sample or paired t test (statsmodels <c>TTestPower</c>).</summary>
    /// <param name="effect">Mean over standard deviation, of the differences if paired.</param>
    /// <param name="n">Values, or pairs; at least 2.</param>
    /// <param name="alpha">Level, in (0, 1).</param>
    public static double OneSampleT(double effect, int n, double alpha = 0.05) => Of(effect * Math.Sqrt(n), n - 1, alpha);

    /// <summary>Two samples of equal size (statsmodels <c>TTestIndPower</c>).</summary>
    /// <param name="effect">Difference of the means over the common standard deviation.</param>
    /// <param name="n">Values in each sample; at least 2.</param>
    /// <param name="alpha">Level, in (0, 1).</param>
    public static double TwoSampleT(double effect, int n, double alpha = 0.05) => Of(effect * Math.Sqrt(n / 2.0), 2 * n - 2, alpha);

    /// <summary>The same with a known standard deviation.</summary>
    /// <param name="effect">Mean over standard deviation.</param>
    /// <param name="n">Values.</param>
    /// <param name="alpha">Level, in (0, 1).</param>
    public static double OneSampleZ(double effect, int n, double alpha = 0.05)
    {
        var (critical, shift) = (Distributions.NormalCritical(1 - alpha), effect * Math.Sqrt(n));
        return Distributions.NormalSf(critical - shift) + Distributions.NormalCdf(-critical - shift);
    }

    private static double Of(double noncentrality, double df, double alpha)
    {
        var critical = Distributions.StudentCritical(1 - alpha, df);
        return NoncentralT.Sf(critical, df, noncentrality) + NoncentralT.Cdf(-critical, df, noncentrality);
    }
}
