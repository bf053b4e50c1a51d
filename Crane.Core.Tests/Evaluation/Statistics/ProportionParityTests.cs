using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Tests.Evaluation.Statistics;

/// <summary>Against statsmodels and SciPy.</summary>
[Trait("Category", "Golden")]
public class ProportionParityTests
{
    private const string File = "stats/proportions.json";

    private static readonly Dictionary<string, Func<int, int, double, Interval>> Methods = new()
    {
        ["wilson"] = ProportionInterval.Wilson, ["normal"] = ProportionInterval.Normal, ["agresti_coull"] = ProportionInterval.AgrestiCoull,
        ["beta"] = ProportionInterval.ClopperPearson, ["jeffreys"] = ProportionInterval.Jeffreys,
    };

    public static TheoryData<int, string> Intervals() => GoldenRecord.Cases(File, "intervals");

    public static TheoryData<int, string> TwoSamples() => GoldenRecord.Cases(File, "two_samples");

    [Fact]
    public void File_Keys_AreKnown() => Assert.Empty(GoldenRecord.Open(File.Split('/')).Keys.Except(["versions", "intervals", "two_samples"]));

    [Theory, MemberData(nameof(Intervals))]
    public void Interval_Case_EqualsStatsmodels(int index, string list)
    {
        var golden = GoldenRecord.Case(File, index, list);
        foreach (var (name, method) in Methods)
        {
            var interval = method(golden.Integer("successes"), golden.Integer("n"), 1 - golden.Number("alpha"));
            golden.Close(name, [interval.Low, interval.High]);
        }
        golden.AssertAllRead();
    }

    [Theory, MemberData(nameof(TwoSamples))]
    public void TwoSamples_Case_EqualStatsmodels(int index, string list)
    {
        var golden = GoldenRecord.Case(File, index, list);
        var shares = new TwoProportions(golden.Integer("k1"), golden.Integer("n1"), golden.Integer("k2"), golden.Integer("n2"));
        var interval = shares.Newcombe();
        golden.Close("z", shares.ZTest().Statistic);
        golden.Close("p", shares.ZTest().PValue, absolute: 0);
        golden.Close("newcombe_difference", [interval.Low, interval.High]);
        golden.Close("odds_ratio", shares.OddsRatio);
        golden.Close("fisher_p", shares.FisherP(), absolute: 0);
        golden.Close("cohens_h", shares.CohensH);
        golden.AssertAllRead();
    }
}
