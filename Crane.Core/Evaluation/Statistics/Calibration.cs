namespace Crane.Core.Evaluation.Statistics;

/// <summary>A group of answers of similar confidence.</summary>
/// <param name="Count">How many; at least 1.</param>
/// <param name="Accuracy">Share of right ones.</param>
/// <param name="Confidence">Their mean confidence.</param>
public readonly record struct CalibrationBin(int Count, double Accuracy, double Confidence)
{
    /// <summary>|accuracy − confidence|.</summary>
    public double Gap => Math.Abs(Accuracy - Confidence);
}

/// <summary>Whether confidences mean what they say: of the answers given with 0.8, eight of ten should be right.</summary>
public static class Calibration
{
    /// <summary>Bins of equal width, closed on the right; 0 belongs to the first. Empty bins are left out (Guo et al. 2017, eq. 1 and 2).</summary>
    /// <param name="isRight">Truth of each answer.</param>
    /// <param name="confidence">In [0, 1].</param>
    /// <param name="bins">How many.</param>
    public static IReadOnlyList<CalibrationBin> EqualWidth(IReadOnlyList<bool> isRight, IReadOnlyList<double> confidence, int bins = 10)
    {
        Check(isRight, confidence, bins);
        var width = 1.0 / bins;                                                     // the k-th edge is k · width: 0.1 · 3 is above 0.3, as in NumPy's linspace
        int BinOf(double c) => Enumerable.Range(1, bins - 1).FirstOrDefault(k => c <= k * width, bins);
        return [.. confidence.Zip(isRight).GroupBy(pair => BinOf(pair.First)).OrderBy(group => group.Key).Select(group => Bin([.. group]))];
    }

    /// <summary>Bins of equal size by rising confidence, equal confidences in the order given; the first bins take one more where the number does not
    /// divide.</summary>
    public static IReadOnlyList<CalibrationBin> EqualMass(IReadOnlyList<bool> isRight, IReadOnlyList<double> confidence, int bins = 10)
    {
        Check(isRight, confidence, bins);
        var sorted = confidence.Zip(isRight).OrderBy(pair => pair.First).ToArray();
        int Start(int bin) => bin * (sorted.Length / bins) + Math.Min(bin, sorted.Length % bins);
        return [.. Enumerable.Range(0, bins).Where(bin => Start(bin + 1) > Start(bin)).Select(bin => Bin(sorted[Start(bin)..Start(bin + 1)]))];
    }

    /// <summary>ECE: mean gap of the bins, each weighing its share of the answers.</summary>
    public static double ExpectedError(IReadOnlyList<CalibrationBin> bins) => bins.Sum(bin => bin.Count * bin.Gap) / bins.Sum(bin => bin.Count);

    /// <summary>MCE: the largest gap.</summary>
    public static double MaximumError(IReadOnlyList<CalibrationBin> bins) => bins.Max(bin => bin.Gap);

    /// <summary>Brier score: mean of (confidence − right)².</summary>
    public static double Brier(IReadOnlyList<bool> isRight, IReadOnlyList<double> confidence)
    {
        Check(isRight, confidence, 1);
        return confidence.Zip(isRight, (c, right) => (c - (right ? 1 : 0)) * (c - (right ? 1 : 0))).Average();
    }

    /// <summary>Mean of −ln of what was given to the truth; confidences are kept <paramref name="clip"/> away from 0 and 1, or one mistake costs infinitely
    /// much.</summary>
    public static double LogLoss(IReadOnlyList<bool> isRight, IReadOnlyList<double> confidence, double clip = 1e-7)
    {
        Check(isRight, confidence, 1);
        return -confidence.Select(c => Math.Clamp(c, clip, 1 - clip)).Zip(isRight, (c, right) => Math.Log(right ? c : 1 - c)).Average();
    }

    private static CalibrationBin Bin((double Confidence, bool IsRight)[] items) =>
        new(items.Length, items.Average(item => item.IsRight ? 1.0 : 0.0), items.Average(item => item.Confidence));

    private static void Check(IReadOnlyList<bool> isRight, IReadOnlyList<double> confidence, int bins)
    {
        Samples.SameLength(isRight, confidence);
        if (isRight.Count == 0) throw new ArgumentException("There are no answers.", nameof(isRight));
        if (bins < 1) throw new ArgumentOutOfRangeException(nameof(bins), bins, "There must be at least one bin.");
        for (var i = 0; i < confidence.Count; i++)
            if (confidence[i] is not (>= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(confidence), confidence[i], $"Confidence {i} is not in [0, 1].");
    }
}
