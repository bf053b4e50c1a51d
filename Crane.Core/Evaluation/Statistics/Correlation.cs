namespace Crane.Core.Evaluation.Statistics;

/// <summary>Correlations of two lists, paired by position, with two-sided p-values. NaN where one list is constant.</summary>
public static class Correlation
{
    /// <summary>Pearson's r; p by Student's distribution with n − 2 degrees of freedom.</summary>
    public static TestResult Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var r = Samples.Covariance(x, y) / Math.Sqrt(Samples.Variance(x) * Samples.Variance(y));
        var t = r * Math.Sqrt((x.Count - 2) / ((1 - r) * (1 + r)));
        return new(r, Distributions.StudentTwoSided(t, x.Count - 2));
    }

    /// <summary>Spearman's ρ: Pearson's r of the ranks.</summary>
    public static TestResult Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y) => Pearson(Ranks.Average(x), Ranks.Average(y));

    /// <summary>Kendall's τ-b. p is exact for up to 33 values without ties (or one discordant or concordant pair at most), else normal with the variance
    /// corrected for
    /// ties (SciPy <c>kendalltau</c>).</summary>
    public static TestResult KendallB(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Samples.SameLength(x, y);
        long n = x.Count, pairs = n * (n - 1) / 2, concordant = 0, discordant = 0;
        for (var i = 0; i < n; i++)
            for (var j = 0; j < i; j++)
            {
                var sign = Math.Sign(x[i] - x[j]) * Math.Sign(y[i] - y[j]);
                if (sign > 0) concordant++;
                if (sign < 0) discordant++;
            }
        IReadOnlyList<double> tiesX = Ranks.TieSizes(x), tiesY = Ranks.TieSizes(y);
        double tiedX = Tied(tiesX), tiedY = Tied(tiesY);
        var tau = (concordant - discordant) / Math.Sqrt(pairs - tiedX) / Math.Sqrt(pairs - tiedY);
        var fewest = Math.Min(concordant, discordant);
        return new(tau, tiedX + tiedY == 0 && (n <= 33 || fewest <= 1) ? ExactP((int)n, (int)fewest) : AsymptoticP(concordant - discordant, n, tiesX, tiesY));
    }

    private static double Tied(IReadOnlyList<double> sizes) => sizes.Sum(t => t * (t - 1) / 2);

    private static double AsymptoticP(double difference, double n, IReadOnlyList<double> tiesX, IReadOnlyList<double> tiesY)
    {
        double Cubes(IReadOnlyList<double> sizes) => sizes.Sum(t => t * (t - 1) * (t - 2));
        double Weighted(IReadOnlyList<double> sizes) => sizes.Sum(t => t * (t - 1) * (2 * t + 5));
        var m = n * (n - 1);
        var variance = (m * (2 * n + 5) - Weighted(tiesX) - Weighted(tiesY)) / 18 + 2 * Tied(tiesX) * Tied(tiesY) / m + Cubes(tiesX) * Cubes(tiesY)
            / (9 * m * (n - 2));
        return Distributions.NormalTwoSided(difference / Math.Sqrt(variance));
    }

    // Twice the share of the permutations of n with at most this many inversions: inserting the j-th element adds 0..j − 1 of them with equal chance.
    private static double ExactP(int n, int inversions)
    {
        var chance = new double[inversions + 1];
        chance[0] = 1;
        for (var j = 2; j <= n; j++)
            chance = [.. Enumerable.Range(0, inversions + 1).Select(k => chance[Math.Max(0, k - j + 1)..(k + 1)].Sum() / j)];
        return Math.Min(1, 2 * chance.Sum());
    }
}
