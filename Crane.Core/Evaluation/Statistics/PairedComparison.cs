namespace Crane.Core.Evaluation.Statistics;

/// <summary>Two methods on the same probes: the difference of their means, whose error is smaller than that of two separate means where they succeed
/// together.</summary>
public sealed class PairedComparison
{
    private readonly IReadOnlyList<double> a, b;

    /// <summary>Pairs scores by position.</summary>
    /// <exception cref="ArgumentException">The lists have different lengths, or fewer than two values.</exception>
    public PairedComparison(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Differences = Samples.Differences(a, b);
        if (a.Count < 2) throw new ArgumentException($"A comparison needs at least two pairs, there are {a.Count}.");
        (this.a, this.b) = (a, b);
    }

    /// <summary>a − b, pair by pair.</summary>
    public IReadOnlyList<double> Differences { get; }

    /// <summary>Mean of the differences.</summary>
    public double Mean => Samples.Mean(Differences);

    /// <summary>Standard error of the differences.</summary>
    public double StandardError => Samples.StandardError(Differences);

    /// <summary>The same from variances and covariance: √((Var a + Var b − 2 Cov) / n) (Miller 2024, eq. 7).</summary>
    public double StandardErrorFromCovariance => Math.Sqrt((Samples.Variance(a) + Samples.Variance(b) - 2 * Samples.Covariance(a, b)) / a.Count);

    /// <summary>What the error would be if the pairing were thrown away: √(Var a / n + Var b / n).</summary>
    public double UnpairedStandardError => Math.Sqrt(Samples.Variance(a) / a.Count + Samples.Variance(b) / b.Count);

    /// <summary>n − 1.</summary>
    public int DegreesOfFreedom => a.Count - 1;

    /// <summary>Paired t test.</summary>
    public TestResult TTest()
    {
        var t = Mean / StandardError;
        return new(t, Distributions.StudentTwoSided(t, DegreesOfFreedom));
    }

    /// <summary>The same with the normal distribution, for many pairs.</summary>
    public TestResult ZTest()
    {
        var z = Mean / StandardError;
        return new(z, Distributions.NormalTwoSided(z));
    }

    /// <summary>Interval of the mean difference by Student's distribution.</summary>
    public Interval Interval(double confidence = 0.95) => MeanInterval.Student(Differences, confidence);

    /// <summary>Mean difference with the error clustered, for example by edit.</summary>
    public ClusteredMean Clustered<TKey>(IReadOnlyList<TKey> clusters, double confidence = 0.95) where TKey : notnull =>
        ClusteredMean.Of(Differences, clusters, confidence);
}
