using MathNet.Numerics;

namespace Crane.Core.Evaluation.Statistics;

/// <summary>Distribution functions in the tails, too: survival functions are not taken as one minus something. Cumulative functions are MathNet's; the inverses
/// of
/// the t and beta distributions are found by bisection on them, to the last digits.</summary>
public static class Distributions
{
    /// <summary>Error function.</summary>
    public static double Erf(double x) => SpecialFunctions.Erf(x);

    /// <summary>ln Γ(x), x &gt; 0.</summary>
    public static double LogGamma(double x) => SpecialFunctions.GammaLn(x);

    /// <summary>ln n!.</summary>
    public static double LogFactorial(int n) => SpecialFunctions.FactorialLn(n);

    /// <summary>ln of the binomial coefficient n over k.</summary>
    public static double LogChoose(int n, int k) => k < 0 || k > n ? double.NegativeInfinity : LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);

    /// <summary>P(Z ≤ x) of the standard normal distribution.</summary>
    public static double NormalCdf(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    /// <summary>P(Z &gt; x).</summary>
    public static double NormalSf(double x) => NormalCdf(-x);

    /// <summary>The x with P(Z ≤ x) = p.</summary>
    public static double NormalPpf(double p) => MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, p);

    /// <summary>Two-sided p-value of a standard normal statistic.</summary>
    public static double NormalTwoSided(double z) => 2 * NormalSf(Math.Abs(z));

    /// <summary>The z that leaves (1 − confidence) / 2 above it: 1.96 for 0.95.</summary>
    public static double NormalCritical(double confidence) => NormalPpf(1 - (1 - Checked(confidence)) / 2);

    /// <summary>Regularised incomplete beta function I_x(a, b), the distribution function of the beta distribution.</summary>
    public static double BetaCdf(double x, double a, double b) => SpecialFunctions.BetaRegularized(a, b, x);

    /// <summary>The x with I_x(a, b) = p.</summary>
    public static double BetaPpf(double p, double a, double b) => p <= 0 ? 0 : p >= 1 ? 1 : Bisect(x => BetaCdf(x, a, b) < p, 0, 1);

    /// <summary>P(T &gt; t) of Student's distribution.</summary>
    public static double StudentSf(double t, double df)
    {
        var tail = 0.5 * BetaCdf(df / (df + t * t), df / 2, 0.5);
        return t >= 0 ? tail : 1 - tail;
    }

    /// <summary>P(T ≤ t).</summary>
    public static double StudentCdf(double t, double df) => StudentSf(-t, df);

    /// <summary>The t with P(T ≤ t) = p.</summary>
    public static double StudentPpf(double p, double df)
    {
        if (p < 0.5) return -Upper(p);
        return p == 0.5 ? 0 : Upper(1 - p);

        double Upper(double tail)
        {
            var high = 1.0;
            while (StudentSf(high, df) > tail) high *= 2;
            return Bisect(t => StudentSf(t, df) > tail, 0, high);
        }
    }

    /// <summary>Two-sided p-value of a t statistic.</summary>
    public static double StudentTwoSided(double t, double df) => BetaCdf(df / (df + t * t), df / 2, 0.5);

    /// <summary>The t that leaves (1 − confidence) / 2 above it.</summary>
    public static double StudentCritical(double confidence, double df) => -StudentPpf((1 - Checked(confidence)) / 2, df);

    /// <summary>P(X &gt; x) of the chi-squared distribution.</summary>
    public static double ChiSquaredSf(double x, double df) => x <= 0 ? 1 : SpecialFunctions.GammaUpperRegularized(df / 2, x / 2);

    /// <summary>P(X ≤ k) of n trials with success probability p.</summary>
    public static double BinomialCdf(int k, int n, double p) => k < 0 ? 0 : k >= n ? 1 : BetaCdf(1 - p, n - k, k + 1);

    internal static double Checked(double confidence) => confidence is > 0 and < 1 ? confidence
        : throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence is a share between 0 and 1, for example 0.95.");

    // Halves until neighbouring numbers are reached; the interval may begin at 0, so the precision is relative.
    private static double Bisect(Func<double, bool> isBelow, double low, double high)
    {
        while (true)
        {
            var middle = low + (high - low) / 2;
            if (middle <= low || middle >= high || high - low <= 1e-16 * low) return middle;
            if (isBelow(middle)) low = middle; else high = middle;
        }
    }
}
