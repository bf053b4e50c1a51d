namespace Crane.Core.Evaluation.Statistics;

/// <summary>Yes-or-no decisions against the truth.</summary>
/// <param name="TruePositives">Said yes, is yes.</param>
/// <param name="FalsePositives">Said yes, is no.</param>
/// <param name="FalseNegatives">Said no, is yes.</param>
/// <param name="TrueNegatives">Said no, is no.</param>
public readonly record struct BinaryDecisions(int TruePositives, int FalsePositives, int FalseNegatives, int TrueNegatives)
{
    /// <summary>Counts.</summary>
    /// <exception cref="ArgumentException">The lists have different lengths.</exception>
    public static BinaryDecisions Of(IReadOnlyList<bool> truth, IReadOnlyList<bool> said)
    {
        Samples.SameLength(truth, said);
        int Count(bool isYes, bool saidYes) => truth.Zip(said).Count(pair => pair.First == isYes && pair.Second == saidYes);
        return new(Count(true, true), Count(false, true), Count(true, false), Count(false, false));
    }

    /// <summary>Share of what was said yes that is; 0 where nothing was.</summary>
    public double Precision => Share(TruePositives, TruePositives + FalsePositives);

    /// <summary>Share of what is yes that was found; 0 where there is none.</summary>
    public double Recall => Share(TruePositives, TruePositives + FalseNegatives);

    /// <summary>Harmonic mean of the two.</summary>
    public double F1 => Share(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Share of right decisions.</summary>
    public double Accuracy => Share(TruePositives + TrueNegatives, TruePositives + FalsePositives + FalseNegatives + TrueNegatives);

    /// <summary>Mean of the shares of found yes and found no.</summary>
    public double BalancedAccuracy => (Recall + Share(TrueNegatives, TrueNegatives + FalsePositives)) / 2;

    /// <summary>Matthews' correlation; 0 where a row or column of the table is empty.</summary>
    public double Matthews
    {
        get
        {
            var (tp, fp, fn, tn) = ((double)TruePositives, (double)FalsePositives, (double)FalseNegatives, (double)TrueNegatives);
            var scale = Math.Sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
            return scale == 0 ? 0 : (tp * tn - fp * fn) / scale;
        }
    }

    private static double Share(int part, int whole) => whole == 0 ? 0 : part / (double)whole;
}
