namespace Crane.Core.Evaluation.Statistics;

/// <summary>How well a score separates positives from negatives, over all thresholds (scikit-learn's definitions): for gates and for confidences.</summary>
public sealed class BinaryRanking
{
    // One entry per different score, the highest first: how many positives and negatives score at least as much.
    private readonly (int Positives, int Negatives)[] passed;

    /// <summary>Counts at every threshold.</summary>
    /// <param name="isPositive">Truth of each item.</param>
    /// <param name="scores">Higher means more likely positive.</param>
    /// <exception cref="ArgumentException">Different lengths, or only one class.</exception>
    public BinaryRanking(IReadOnlyList<bool> isPositive, IReadOnlyList<double> scores)
    {
        Samples.SameLength(isPositive, scores);
        (Positives, Negatives) = (isPositive.Count(p => p), isPositive.Count(p => !p));
        if (Positives == 0 || Negatives == 0)
            throw new ArgumentException($"A ranking needs both classes; there are {Positives} positives and {Negatives} negatives.", nameof(isPositive));
        var (positives, negatives) = (0, 0);
        passed = [.. scores.Zip(isPositive).GroupBy(pair => pair.First).OrderByDescending(group => group.Key).Select(group =>
            (positives += group.Count(pair => pair.Second), negatives += group.Count(pair => !pair.Second)))];
    }

    /// <summary>Number of positives.</summary>
    public int Positives { get; }

    /// <summary>Number of negatives.</summary>
    public int Negatives { get; }

    /// <summary>Points (share of negatives passed, share of positives passed) from (0, 0) to (1, 1), one per different score.</summary>
    public IReadOnlyList<(double FalsePositiveRate, double TruePositiveRate)> Roc =>
        [(0, 0), .. passed.Select(at => (at.Negatives / (double)Negatives, at.Positives / (double)Positives))];

    /// <summary>Area under the ROC curve: chance that a positive scores above a negative, ties counting half.</summary>
    public double Auroc => Trapezoid(Roc);

    /// <summary>Mann and Whitney's U of the positives: <see cref="Auroc"/> times the number of pairs.</summary>
    public double MannWhitneyU => Auroc * Positives * Negatives;

    /// <summary>Points (recall, precision), recall rising from 0, where precision is 1 by convention.</summary>
    public IReadOnlyList<(double Recall, double Precision)> PrecisionRecall =>
        [(0, 1), .. passed.Select(at => (at.Positives / (double)Positives, at.Positives / (double)(at.Positives + at.Negatives)))];

    /// <summary>Average precision: Σ (recall step) · precision.</summary>
    public double AveragePrecision => PrecisionRecall.Zip(PrecisionRecall.Skip(1), (from, to) => (to.Recall - from.Recall) * to.Precision).Sum();

    /// <summary>Area under the precision-recall curve by trapezoids; too good where points are far apart, given for comparison.</summary>
    public double PrecisionRecallArea => Trapezoid(PrecisionRecall);

    private static double Trapezoid(IReadOnlyList<(double X, double Y)> points) =>
        points.Zip(points.Skip(1), (from, to) => (to.X - from.X) * (to.Y + from.Y) / 2).Sum();
}
