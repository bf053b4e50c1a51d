namespace Crane.Core.Evaluation.Statistics;

/// <summary>Intervals for the mean of independent values.</summary>
public static class MeanInterval
{
    /// <summary>x̄ ± z · s / √n, for many values.</summary>
    public static Interval Normal(IReadOnlyList<double> x, double confidence = 0.95) =>
        Interval.Around(Samples.Mean(x), Distributions.NormalCritical(confidence) * Samples.StandardError(x));

    /// <summary>x̄ ± t · s / √n, t with n − 1 degrees of freedom: exact for normal values.</summary>
    public static Interval Student(IReadOnlyList<double> x, double confidence = 0.95) =>
        Interval.Around(Samples.Mean(x), Distributions.StudentCritical(confidence, x.Count - 1) * Samples.StandardError(x));
}
