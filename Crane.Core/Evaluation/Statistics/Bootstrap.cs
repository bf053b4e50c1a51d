namespace Crane.Core.Evaluation.Statistics;

/// <summary>Bootstrap intervals (Efron and Tibshirani 1993, chapters 13 and 14) of any statistic of a sample. Definitions as in SciPy
/// <c>bootstrap</c>.</summary>
/// <param name="Sample">The values.</param>
/// <param name="Statistic">What is asked of them.</param>
/// <param name="Resampled">The statistic of each resample.</param>
public sealed record Bootstrap(IReadOnlyList<double> Sample, Func<IReadOnlyList<double>, double> Statistic, IReadOnlyList<double> Resampled)
{
    private readonly double[] sorted = Samples.Sorted(Resampled);

    /// <summary>Draws resamples of the same size, with replacement.</summary>
    /// <param name="sample">Not empty.</param>
    /// <param name="statistic">For example <see cref="Samples.Mean"/>.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="resamples">How many, at least 1.</param>
    public static Bootstrap Draw(IReadOnlyList<double> sample, Func<IReadOnlyList<double>, double> statistic, int seed, int resamples = 9999)
    {
        if (sample.Count == 0) throw new ArgumentException("There is nothing to resample.", nameof(sample));
        var random = Seeds.Random(seed);
        var (drawn, values) = (new double[sample.Count], new double[resamples]);
        for (var r = 0; r < resamples; r++)
        {
            for (var i = 0; i < drawn.Length; i++) drawn[i] = sample[random.Next(sample.Count)];
            values[r] = statistic(drawn);
        }
        return new(sample, statistic, values);
    }

    /// <summary>Draws whole clusters with replacement, for values that belong together (the probes of an edit).</summary>
    /// <param name="sample">Not empty.</param>
    /// <param name="clusters">The cluster of each value.</param>
    /// <param name="statistic">Of all values of the drawn clusters.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="resamples">How many, at least 1.</param>
    public static Bootstrap DrawClusters<TKey>(IReadOnlyList<double> sample, IReadOnlyList<TKey> clusters, Func<IReadOnlyList<double>, double> statistic,
        int seed, int resamples = 9999)
        where TKey : notnull
    {
        Samples.SameLength(sample, clusters);
        var groups = sample.Zip(clusters).GroupBy(pair => pair.Second, (_, pairs) => pairs.Select(pair => pair.First).ToArray()).ToArray();
        var random = Seeds.Random(seed);
        var values = new double[resamples];
        for (var r = 0; r < resamples; r++) values[r] = statistic([.. Enumerable.Range(0, groups.Length).SelectMany(_ => groups[random.Next(groups.Length)])]);
        return new(sample, statistic, values);
    }

    /// <summary>The statistic of the sample itself.</summary>
    public double Estimate => Statistic(Sample);

    /// <summary>Standard deviation of the resampled statistics.</summary>
    public double StandardError => Samples.StandardDeviation(Resampled);

    /// <summary>Quantiles of the resampled statistics.</summary>
    public Interval Percentile(double confidence = 0.95) => Between((1 - Distributions.Checked(confidence)) / 2, (1 + confidence) / 2);

    /// <summary>The percentile interval mirrored at the estimate.</summary>
    public Interval Basic(double confidence = 0.95)
    {
        var (mirror, interval) = (2 * Estimate, Percentile(confidence));
        return new(mirror - interval.High, mirror - interval.Low);
    }

    /// <summary>Bias-corrected and accelerated (Efron 1987): quantiles at levels moved by the bias and the skew of the statistic. NaN where all resamples lie
    /// on
    /// one side of the estimate, or the statistic does not change when a value is left out.</summary>
    public Interval Bca(double confidence = 0.95)
    {
        var (low, high) = BcaLevels(confidence);
        return double.IsNaN(low) || double.IsNaN(high) ? new(double.NaN, double.NaN) : Between(low, high);
    }

    /// <summary>The two levels of <see cref="Bca"/>: Φ(z₀ + (z₀ + z) / (1 − a (z₀ + z))).</summary>
    public (double Low, double High) BcaLevels(double confidence = 0.95)
    {
        var estimate = Estimate;
        var bias = Distributions.NormalPpf((Resampled.Count(v => v < estimate) + Resampled.Count(v => v <= estimate)) / (2.0 * Resampled.Count));
        var (z, acceleration) = (Distributions.NormalCritical(confidence), Acceleration);
        return (Level(-z), Level(z));

        double Level(double at) => Distributions.NormalCdf(bias + (bias + at) / (1 - acceleration * (bias + at)));
    }

    /// <summary>Skew of the jackknife values: (Σ U³ / n³) / (6 (Σ U² / n²)^1.5), U = (n − 1)(mean − value without i).</summary>
    public double Acceleration
    {
        get
        {
            double n = Sample.Count;
            var left = Enumerable.Range(0, Sample.Count).Select(i => Statistic([.. Sample.Where((_, j) => j != i)])).ToArray();
            var mean = Samples.Mean(left);
            var u = left.Select(value => (n - 1) * (mean - value)).ToArray();
            return u.Sum(v => v * v * v) / (n * n * n) / (6 * Math.Pow(u.Sum(v => v * v) / (n * n), 1.5));
        }
    }

    private Interval Between(double low, double high) => new(Samples.Quantile(sorted, low), Samples.Quantile(sorted, high));
}
