using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Tests.Evaluation.Statistics;

/// <summary>Against SciPy: exact from its stored resamples, and close to its large run with resamples of our own.</summary>
[Trait("Category", "Golden")]
public class BootstrapParityTests
{
    private const string File = "stats/bootstrap.json";

    private static readonly Dictionary<string, Func<IReadOnlyList<double>, double>> Statistics = new()
    {
        ["mean"] = Samples.Mean, ["median"] = Samples.Median, ["std"] = Samples.StandardDeviation,
    };

    public static TheoryData<int, string> Cases() => GoldenRecord.Cases(File);

    [Theory, MemberData(nameof(Cases))]
    public void Bootstrap_Case_EqualsScipy(int index, string name)
    {
        var golden = GoldenRecord.Case(File, index);
        Assert.Equal(name, golden.Text("name"));
        var (x, statistic) = (golden.Numbers("x"), Statistics[golden.Text("statistic")]);
        var stored = new Bootstrap(x, statistic, golden.Numbers("bootstrap_distribution"));
        golden.Close("estimate", stored.Estimate);
        golden.Close("standard_error", stored.StandardError);
        golden.Close("bca_alpha_1", stored.BcaLevels().Low);
        golden.Close("bca_alpha_2", stored.BcaLevels().High);
        golden.Close("bca_acceleration", stored.Acceleration);
        var intervals = golden.Child("intervals");
        intervals.Close("BCa", Ends(stored.Bca()));
        intervals.Close("percentile", Ends(stored.Percentile()));
        intervals.Close("basic", Ends(stored.Basic()));
        AssertNear(golden.Numbers("large_20000_bca"), Bootstrap.Draw(x, statistic, seed: 7, resamples: 20_000));
        golden.AssertAllRead();
    }

    // The resamples are random: the ends agree within 5 % of the width. Where a statistic has few values (a median), a whole step can lie between two runs;
    // then
    // hardly any resample lies between the ends.
    private static void AssertNear(double[] expected, Bootstrap drawn)
    {
        var found = Ends(drawn.Bca());
        foreach (var (e, f) in expected.Zip(found))
        {
            var between = drawn.Resampled.Count(v => v > Math.Min(e, f) && v < Math.Max(e, f)) / (double)drawn.Resampled.Count;
            Assert.True(Math.Abs(e - f) <= 0.05 * (expected[1] - expected[0])
                || between <= 0.01, $"BCa of 20,000 resamples: expected {e:g6}, found {f:g6}; {between:p1} of the resamples lie between.");
        }
    }

    private static double[] Ends(Interval interval) => [interval.Low, interval.High];
}
