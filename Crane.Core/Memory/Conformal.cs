namespace Crane.Core.Memory;

/// <summary>Split conformal thresholds (Vovk; Angelopoulos and Bates, arXiv 2107.07511, section 1).</summary>
public static class Conformal
{
    /// <summary>The ⌈(n + 1)(1 − rate)⌉-th smallest score. If a new score is exchangeable with these, it lies above the threshold with a probability of at most
    /// <paramref name="rate"/>, over the draw of both.</summary>
    /// <param name="scores">Scores of calibration cases in which nothing should pass.</param>
    /// <param name="rate">Allowed share above the threshold, in (0, 1).</param>
    /// <returns>+∞ where there are too few cases to promise this rate: fewer than 1 / rate − 1.</returns>
    /// <exception cref="ArgumentException">A score is NaN.</exception>
    public static double Threshold(IEnumerable<double> scores, double rate)
    {
        if (rate is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "The allowed rate lies between 0 and 1, for example 0.05.");
        double[] sorted = [.. scores.Order()];
        if (sorted.Any(double.IsNaN)) throw new ArgumentException("A calibration score is NaN.", nameof(scores));
        var rank = Math.Ceiling((sorted.Length + 1) * (1 - rate) - 1e-9);   // 1 − rate is not exact in binary
        return rank > sorted.Length ? double.PositiveInfinity : sorted[(int)rank - 1];
    }
}
