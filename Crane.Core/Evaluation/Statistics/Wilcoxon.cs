namespace Crane.Core.Evaluation.Statistics;

/// <summary>Wilcoxon's signed-rank test of paired differences. Zero differences are left out; the statistic is the smaller of the two rank sums.</summary>
public static class Wilcoxon
{
    /// <summary>Normal approximation with the variance corrected for ties, no continuity correction. NaN where all differences are zero.</summary>
    public static TestResult Asymptotic(IReadOnlyList<double> differences)
    {
        var (positive, negative, ranks) = RankSums(differences);
        double n = ranks.Length;
        var ties = Ranks.TieSizes(ranks).Sum(t => t * t * t - t) / 2;
        var z = (positive - n * (n + 1) / 4) / Math.Sqrt((n * (n + 1) * (2 * n + 1) - ties) / 24);
        return new(Math.Min(positive, negative), Distributions.NormalTwoSided(z));
    }

    /// <summary>Exact distribution of the rank sum; the absolute differences must differ from each other.</summary>
    /// <exception cref="ArgumentException">There are ties, no differences, or more than 1,000.</exception>
    public static TestResult Exact(IReadOnlyList<double> differences)
    {
        var (positive, negative, ranks) = RankSums(differences);
        if (ranks.Length is 0 or > 1000)
            throw new ArgumentException($"The exact distribution is computed for 1 to 1000 non-zero differences, there are {ranks.Length}.",
            nameof(differences));
        if (Ranks.TieSizes(ranks).Any(size => size > 1))
            throw new ArgumentException($"Absolute differences are tied; use {nameof(Asymptotic)}.", nameof(differences));
        var chance = Distribution(ranks.Length);
        var smaller = (int)Math.Min(positive, negative);
        return new(smaller, Math.Min(1, 2 * chance[..(smaller + 1)].Sum()));
    }

    // chance[s] = P(rank sum = s) when each of the ranks 1..n is positive with probability ½
    private static double[] Distribution(int n)
    {
        var chance = new double[n * (n + 1) / 2 + 1];
        chance[0] = 1;
        for (int rank = 1, top = 0; rank <= n; top += rank++)
            for (var sum = top + rank; sum >= 0; sum--)
                chance[sum] = 0.5 * ((sum <= top ? chance[sum] : 0) + (sum >= rank ? chance[sum - rank] : 0));
        return chance;
    }

    private static (double Positive, double Negative, double[] Ranks) RankSums(IReadOnlyList<double> differences)
    {
        var nonZero = differences.Where(d => d != 0).ToArray();
        var ranks = Ranks.Average([.. nonZero.Select(Math.Abs)]);
        var positive = ranks.Where((_, i) => nonZero[i] > 0).Sum();
        return (positive, ranks.Sum() - positive, ranks);
    }
}
