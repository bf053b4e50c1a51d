namespace Crane.Core.Evaluation.Statistics;

/// <summary>Intervals for a share of successes. Names and limits as in statsmodels <c>proportion_confint</c>.</summary>
public static class ProportionInterval
{
    /// <summary>Wilson 1927: solves (p̂ − p)² = z² p (1 − p) / n. Stays inside [0, 1], does not shrink to nothing at 0 or 1. Everything where there are no
    /// trials.</summary>
    public static Interval Wilson(int successes, int trials, double confidence = 0.95)
    {
        Check(successes, trials);
        if (trials == 0) return new(0, 1);
        var z = Distributions.NormalCritical(confidence);
        var (p, n, scale) = ((double)successes / trials, (double)trials, 1 + z * z / trials);
        var (centre, half) = ((p + z * z / (2 * n)) / scale, z / scale * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n)));
        return new(successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half);
    }

    /// <summary>p̂ ± z √(p̂(1 − p̂) / n), cut to [0, 1]. Too narrow near the ends; given for comparison.</summary>
    public static Interval Normal(int successes, int trials, double confidence = 0.95)
    {
        Check(successes, trials);
        return Wald(successes, trials, Distributions.NormalCritical(confidence));
    }

    /// <summary>Agresti and Coull 1998: the normal interval after z² / 2 more successes and as many failures.</summary>
    public static Interval AgrestiCoull(int successes, int trials, double confidence = 0.95)
    {
        Check(successes, trials);
        var z = Distributions.NormalCritical(confidence);
        return Wald(successes + z * z / 2, trials + z * z, z);
    }

    /// <summary>Clopper and Pearson 1934, exact: never covers less than asked, often more.</summary>
    public static Interval ClopperPearson(int successes, int trials, double confidence = 0.95)
    {
        Check(successes, trials);
        var tail = (1 - Distributions.Checked(confidence)) / 2;
        return new(successes == 0 ? 0 : Distributions.BetaPpf(tail, successes, trials - successes + 1),
            successes == trials ? 1 : Distributions.BetaPpf(1 - tail, successes + 1, trials - successes));
    }

    /// <summary>Equal tails of the posterior under Jeffreys' prior, Beta(½, ½).</summary>
    public static Interval Jeffreys(int successes, int trials, double confidence = 0.95)
    {
        Check(successes, trials);
        var tail = (1 - Distributions.Checked(confidence)) / 2;
        return new(Distributions.BetaPpf(tail, successes + 0.5, trials - successes + 0.5),
            Distributions.BetaPpf(1 - tail, successes + 0.5, trials - successes + 0.5));
    }

    private static Interval Wald(double successes, double trials, double z)
    {
        var p = successes / trials;
        return Interval.Around(p, z * Math.Sqrt(p * (1 - p) / trials)).WithinShares();
    }

    private static void Check(int successes, int trials)
    {
        if (successes < 0 || successes > trials)
            throw new ArgumentOutOfRangeException(nameof(successes), successes, $"Successes must be between 0 and the number of trials, {trials}.");
    }
}
