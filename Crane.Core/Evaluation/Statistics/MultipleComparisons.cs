namespace Crane.Core.Evaluation.Statistics;

/// <summary>p-values adjusted for how many tests were made; a hypothesis is rejected at level α where the adjusted value is at most α. Results are in the order
/// of the
/// input. Names as in statsmodels <c>multipletests</c>.</summary>
public static class MultipleComparisons
{
    /// <summary>Benjamini and Hochberg 1995: controls the share of false discoveries.</summary>
    public static double[] BenjaminiHochberg(IReadOnlyList<double> p) => StepUp(p, (value, rank, n) => value * n / rank);

    /// <summary>Benjamini and Yekutieli 2001: the same under any dependence.</summary>
    public static double[] BenjaminiYekutieli(IReadOnlyList<double> p)
    {
        var harmonic = Enumerable.Range(1, p.Count).Sum(i => 1.0 / i);
        return StepUp(p, (value, rank, n) => value * n * harmonic / rank);
    }

    /// <summary>p · n: controls the chance of any false rejection.</summary>
    public static double[] Bonferroni(IReadOnlyList<double> p) => [.. Checked(p).Select(value => Math.Min(1, value * p.Count))];

    /// <summary>Holm 1979: as Bonferroni, never weaker.</summary>
    public static double[] Holm(IReadOnlyList<double> p) => StepDown(p, (value, rank, n) => value * (n - rank + 1));

    /// <summary>Holm with Šidák's 1 − (1 − p)^m in place of m · p; for independent tests.</summary>
    public static double[] HolmSidak(IReadOnlyList<double> p) => StepDown(p, (value, rank, n) => OneMinusPower(value, n - rank + 1));

    /// <summary>Hochberg 1988 (Simes): Holm's factors, stepping up.</summary>
    public static double[] SimesHochberg(IReadOnlyList<double> p) => StepUp(p, (value, rank, n) => value * (n - rank + 1));

    // 1 − (1 − p)^m = Σ_{i<m} p (1 − p)^i, which keeps the digits of a small p
    private static double OneMinusPower(double p, int m)
    {
        var (sum, term) = (0.0, p);
        for (var i = 0; i < m; i++, term *= 1 - p) sum += term;
        return sum;
    }

    // Adjusted values must not fall as p rises: from the largest downwards the smallest so far …
    private static double[] StepUp(IReadOnlyList<double> p, Func<double, int, int, double> adjust) => Step(p, adjust, fromLargest: true, Math.Min, 1);

    // … or from the smallest upwards the largest so far.
    private static double[] StepDown(IReadOnlyList<double> p, Func<double, int, int, double> adjust) => Step(p, adjust, fromLargest: false, Math.Max, 0);

    private static double[] Step(IReadOnlyList<double> p, Func<double, int, int, double> adjust, bool fromLargest, Func<double, double, double> keep,
        double start)
    {
        var order = Enumerable.Range(0, Checked(p).Count).OrderBy(i => p[i]).ToArray();
        var adjusted = new double[p.Count];
        var kept = start;
        for (var step = 0; step < order.Length; step++)
        {
            var rank = fromLargest ? order.Length - step : step + 1;
            kept = keep(kept, Math.Min(1, adjust(p[order[rank - 1]], rank, order.Length)));
            adjusted[order[rank - 1]] = kept;
        }
        return adjusted;
    }

    private static IReadOnlyList<double> Checked(IReadOnlyList<double> p)
    {
        for (var i = 0; i < p.Count; i++)
            if (p[i] is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(p), p[i], $"p-value {i} is not in [0, 1].");
        return p;
    }
}
