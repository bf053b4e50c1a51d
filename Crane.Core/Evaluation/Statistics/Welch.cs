namespace Crane.Core.Evaluation.Statistics;

/// <summary>Welch's t test: two independent samples whose variances may differ.</summary>
public static class Welch
{
    /// <summary>Statistic, degrees of freedom (Welch and Satterthwaite) and two-sided p.</summary>
    /// <param name="a">At least two values.</param>
    /// <param name="b">At least two values.</param>
    public static (double T, double DegreesOfFreedom, double PValue) Test(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var (va, vb) = (Samples.Variance(a) / a.Count, Samples.Variance(b) / b.Count);
        var t = (Samples.Mean(a) - Samples.Mean(b)) / Math.Sqrt(va + vb);
        var df = (va + vb) * (va + vb) / (va * va / (a.Count - 1) + vb * vb / (b.Count - 1));
        return (t, df, Distributions.StudentTwoSided(t, df));
    }
}
