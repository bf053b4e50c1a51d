namespace Crane.Core.Evaluation.Statistics;

/// <summary>Answering only when confident: the share of wrong answers (risk) among the k most confident ones, for every k (Geifman and El-Yaniv
/// 2017).</summary>
public sealed class RiskCoverage
{
    private readonly double[] best;

    /// <summary>Sorts by confidence; equal confidences keep their order.</summary>
    /// <param name="isRight">Truth of each answer; at least one.</param>
    /// <param name="confidence">Any scale.</param>
    public RiskCoverage(IReadOnlyList<bool> isRight, IReadOnlyList<double> confidence)
    {
        Samples.SameLength(isRight, confidence);
        if (isRight.Count == 0) throw new ArgumentException("There are no answers.", nameof(isRight));
        Risk = RunningShare([.. confidence.Zip(isRight).OrderByDescending(pair => pair.First).Select(pair => !pair.Second)]);
        best = RunningShare([.. isRight.Select(right => !right).Order()]);
    }

    /// <summary>Risk at coverage (k + 1) / n, [n].</summary>
    public IReadOnlyList<double> Risk { get; }

    /// <summary>Mean risk over all coverages (AURC); lower is better.</summary>
    public double Area => Risk.Average();

    /// <summary>What the area exceeds that of an order which puts all right answers first by (E-AURC).</summary>
    public double ExcessArea => Area - best.Average();

    /// <summary>The largest share of questions that can be answered with at most this risk; 0 if none.</summary>
    public double CoverageAt(double risk)
    {
        for (var k = Risk.Count; k > 0; k--)
            if (Risk[k - 1] <= risk) return k / (double)Risk.Count;
        return 0;
    }

    private static double[] RunningShare(bool[] wrong)
    {
        var count = 0;
        return [.. wrong.Select((isWrong, i) => (isWrong ? ++count : count) / (double)(i + 1))];
    }
}
