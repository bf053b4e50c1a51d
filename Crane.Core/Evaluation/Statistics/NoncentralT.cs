namespace Crane.Core.Evaluation.Statistics;

/// <summary>The distribution of (Z + δ) / √(V / df), Z standard normal, V chi-squared with df degrees of freedom: a t statistic where the effect is not
/// zero.</summary>
public static class NoncentralT
{
    /// <summary>P(T ≤ t), by the series of Lenth (1989, algorithm AS 243); error below 1e-12 for |δ| up to about 35.</summary>
    /// <param name="t">Where.</param>
    /// <param name="df">Degrees of freedom, positive.</param>
    /// <param name="delta">Noncentrality δ.</param>
    public static double Cdf(double t, double df, double delta)
    {
        if (t < 0) return 1 - Cdf(-t, df, -delta);
        var x = t * t / (t * t + df);
        var half = delta * delta / 2;
        var p = 0.5 * Math.Exp(-half);                                              // p_j / 2 = e^(-δ²/2) (δ²/2)^j / (2 j!)
        var q = delta * Math.Exp(-half) / Math.Sqrt(2 * Math.PI);                   // q_j / 2 = δ e^(-δ²/2) (δ²/2)^j / (2 √2 Γ(j + 3/2))
        var sum = Distributions.NormalCdf(-delta);
        var left = 0.5;                                                             // weight of the even terms that are still to come
        for (var j = 0; j < 10_000 && left > 1e-15; j++)
        {
            if (j > 0) (p, q) = (p * half / j, q * half / (j + 0.5));
            sum += p * Distributions.BetaCdf(x, j + 0.5, df / 2) + q * Distributions.BetaCdf(x, j + 1, df / 2);
            left -= p;
        }
        return Math.Clamp(sum, 0, 1);
    }

    /// <summary>P(T &gt; t).</summary>
    public static double Sf(double t, double df, double delta) => 1 - Cdf(t, df, delta);
}
