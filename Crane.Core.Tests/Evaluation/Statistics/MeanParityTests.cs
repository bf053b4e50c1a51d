using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Tests.Evaluation.Statistics;

/// <summary>Against NumPy, SciPy and statsmodels.</summary>
[Trait("Category", "Golden")]
public class MeanParityTests
{
    public static TheoryData<int, string> Means() => GoldenRecord.Cases("stats/means.json");

    public static TheoryData<int, string> Pairs() => GoldenRecord.Cases("stats/paired.json");

    [Theory, MemberData(nameof(Means))]
    public void Mean_Case_EqualsStatsmodels(int index, string name)
    {
        var golden = GoldenRecord.Case("stats/means.json", index).Ignore("name");
        var (x, cluster) = (golden.Numbers("x"), golden.Integers("cluster"));
        Assert.True(golden.Integer("n") == x.Length, name);
        golden.Close("mean", Samples.Mean(x));
        golden.Close("std_ddof1", Samples.StandardDeviation(x));
        golden.Close("se", Samples.StandardError(x));
        golden.Close("cross_term_sum", ClusteredMean.CrossTerms(x, cluster), absolute: 1e-11);
        golden.Close("se_clustered_miller_formula", ClusteredMean.MillerError(x, cluster), absolute: 1e-9);
        golden.Close("se_clustered_statsmodels", ClusteredMean.SandwichError(x, cluster), absolute: 1e-11);
        golden.Close("se_clustered_statsmodels_corrected", ClusteredMean.SandwichError(x, cluster, corrected: true), absolute: 1e-11);
        golden.Close("ci95_normal", Ends(MeanInterval.Normal(x)));
        if (!golden.IsNull("ci95_t")) golden.Close("ci95_t", Ends(MeanInterval.Student(x)));
        golden.AssertAllRead();
    }

    [Theory, MemberData(nameof(Pairs))]
    public void Paired_Case_EqualsScipy(int index, string name)
    {
        var golden = GoldenRecord.Case("stats/paired.json", index);
        Assert.Equal(name, golden.Text("name"));
        var (a, b) = (golden.Numbers("a"), golden.Numbers("b"));
        var pairs = new PairedComparison(a, b);
        golden.Close("mean_difference", pairs.Mean);
        golden.Close("se_paired", pairs.StandardError);
        golden.Close("se_paired_miller", pairs.StandardErrorFromCovariance);
        golden.Close("se_unpaired", pairs.UnpairedStandardError);
        golden.Close("df", pairs.DegreesOfFreedom);
        golden.Close("ci95_t", Ends(pairs.Interval()));
        Both("t", "p_t", pairs.TTest());
        Both("z", "p_z", pairs.ZTest());
        var (t, df, p) = Welch.Test(a, b);
        golden.Close("welch_t", t);
        golden.Close("welch_df", df);
        golden.Close("welch_p", p);
        golden.Close("pearson", Parts(Correlation.Pearson(a, b)));
        golden.Close("spearman", Parts(Correlation.Spearman(a, b)));
        golden.Close("kendall_b", Parts(Correlation.KendallB(a, b)));
        golden.Close("wilcoxon_asymptotic", Parts(Wilcoxon.Asymptotic(pairs.Differences)));
        golden.Close("sign_test_p", SignTests.SignTestP(pairs.Differences));
        if (golden.Has("wilcoxon_exact")) golden.Close("wilcoxon_exact", Parts(Wilcoxon.Exact(pairs.Differences)));
        if (golden.Has("sign_flip_exact")) golden.Close("sign_flip_exact", Parts(SignTests.SignFlipExact(pairs.Differences)));
        golden.AssertAllRead();

        void Both(string statistic, string probability, TestResult result)
        {
            golden.Close(statistic, result.Statistic);
            golden.Close(probability, result.PValue);
        }
    }

    private static double[] Ends(Interval interval) => [interval.Low, interval.High];

    private static double[] Parts(TestResult result) => [result.Statistic, result.PValue];
}
