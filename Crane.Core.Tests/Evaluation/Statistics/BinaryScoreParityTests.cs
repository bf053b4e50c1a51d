using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Tests.Evaluation.Statistics;

/// <summary>Against scikit-learn, and the formulas of calibration and selective prediction.</summary>
[Trait("Category", "Golden")]
public class BinaryScoreParityTests
{
    private const string File = "stats/binary_scores.json";

    public static TheoryData<int, string> Cases() => GoldenRecord.Cases(File);

    [Theory, MemberData(nameof(Cases))]
    public void BinaryScores_Case_EqualScikitLearn(int index, string name)
    {
        var golden = GoldenRecord.Case(File, index);
        Assert.Equal(name, golden.Text("name"));
        var (y, p) = (golden.Flags("y"), golden.Numbers("p"));
        CompareRanking(golden, new BinaryRanking(y, p));
        CompareDecisions(golden, BinaryDecisions.Of(y, [.. p.Select(v => v >= 0.5)]));
        CompareSelection(golden, new RiskCoverage(y, p));
        golden.Close("brier", Calibration.Brier(y, p));
        golden.Close("log_loss_clipped", Calibration.LogLoss(y, p));
        golden.Close("ece_10_equal_mass_formula", Calibration.ExpectedError(Calibration.EqualMass(y, p, 10)));
        foreach (var bins in golden.Keys.Where(key => key.StartsWith("ece_") && key.EndsWith("_bins_right_closed_formula"))
            .Select(key => int.Parse(key.Split('_')[1])).ToArray())
        {
            var groups = Calibration.EqualWidth(y, p, bins);
            golden.Close($"ece_{bins}_bins_right_closed_formula", Calibration.ExpectedError(groups));
            golden.Close($"mce_{bins}_bins_right_closed_formula", Calibration.MaximumError(groups));
            var curve = golden.Child($"calibration_curve_{bins}_uniform");
            curve.Close("fraction_of_positives", groups.Select(group => group.Accuracy));
            curve.Close("mean_predicted", groups.Select(group => group.Confidence));
        }
        golden.AssertAllRead();
    }

    private static void CompareRanking(GoldenRecord golden, BinaryRanking ranking)
    {
        golden.Close("auroc", ranking.Auroc);
        golden.Close("average_precision", ranking.AveragePrecision);
        golden.Close("pr_auc_trapezoid", ranking.PrecisionRecallArea);
        golden.Close("roc_fpr", ranking.Roc.Select(point => point.FalsePositiveRate));
        golden.Close("roc_tpr", ranking.Roc.Select(point => point.TruePositiveRate));
        golden.Close("mann_whitney_u", ranking.MannWhitneyU);
    }

    private static void CompareDecisions(GoldenRecord golden, BinaryDecisions decisions)
    {
        golden.Close("f1_at_half", decisions.F1);
        golden.Close("balanced_accuracy", decisions.BalancedAccuracy);
        golden.Close("matthews", decisions.Matthews);
    }

    private static void CompareSelection(GoldenRecord golden, RiskCoverage selection)
    {
        golden.Close("risk_at_coverage_formula", selection.Risk);
        golden.Close("aurc_formula", selection.Area);
        golden.Close("eaurc_formula", selection.ExcessArea);
        golden.Close("coverage_at_risk_10_percent_formula", selection.CoverageAt(0.1));
    }
}
