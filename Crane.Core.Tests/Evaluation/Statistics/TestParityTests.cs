using Crane.Core.Evaluation.Statistics;
using D = Crane.Core.Evaluation.Statistics.Distributions;

namespace Crane.Core.Tests.Evaluation.Statistics;

/// <summary>Against SciPy, statsmodels and scikit-learn.</summary>
[Trait("Category", "Golden")]
public class TestParityTests
{
    private static readonly Dictionary<string, Func<IReadOnlyList<double>, double[]>> Adjustments = new()
    {
        ["fdr_bh"] = MultipleComparisons.BenjaminiHochberg, ["fdr_by"] = MultipleComparisons.BenjaminiYekutieli, ["holm"] = MultipleComparisons.Holm,
        ["bonferroni"] = MultipleComparisons.Bonferroni, ["holm-sidak"] = MultipleComparisons.HolmSidak, ["simes-hochberg"] = MultipleComparisons.SimesHochberg,
    };

    // Arguments that are not stored: those of the script that wrote the file; they do not depend on its seed.
    private static readonly double[] GammaAt = [0.1, 0.5, 1, 2.5, 10, 171.5, 1e5], ChiSquaredAt = [0.01, 0.5, 1, 3.84, 10, 40],
    BetaAt = [0.01, 0.2, 0.5, 0.77, 0.99];

    private static GoldenRecord File => GoldenRecord.Open("stats", "tests.json");

    [Fact]
    public void File_Keys_AreKnown() => Assert.Empty(File.Keys.Except(["versions", "mcnemar", "multiple", "special", "power", "agreement", "pass_at_k"]));

    [Fact]
    public void McNemar_EveryTable_EqualsStatsmodels() => ForEach("mcnemar", golden =>
    {
        var table = golden["table"];
        var test = new McNemar(table[0][1].GetInt32(), table[1][0].GetInt32());
        golden.Close("exact_statistic", test.Exact().Statistic);
        golden.Close("exact_p", test.Exact().PValue, absolute: 0);
        golden.Close("chi2", Parts(test.ChiSquared(corrected: false)));
        golden.Close("chi2_corrected", Parts(test.ChiSquared()));
    });

    [Fact]
    public void MultipleComparisons_EveryList_EqualStatsmodels() => ForEach("multiple", golden =>
    {
        var p = golden.Numbers("p");
        golden.Close("scipy_bh", MultipleComparisons.BenjaminiHochberg(p));
        golden.Close("scipy_by", MultipleComparisons.BenjaminiYekutieli(p));
        foreach (var (name, adjust) in Adjustments)
        {
            var reference = golden.Child(name);
            reference.Close("adjusted", adjust(p));
            Assert.Equal(reference.Flags("reject"), adjust(p).Select(value => value <= 0.05));
        }
    });

    [Fact]
    public void Power_EveryCase_EqualsStatsmodels() => ForEach("power", golden =>
    {
        var (effect, n) = (golden.Number("effect"), golden.Integer("n"));
        golden.Close("one_sample_t_power", Power.OneSampleT(effect, n), relative: 1e-8);
        golden.Close("two_sample_t_power", Power.TwoSampleT(effect, n), relative: 1e-8);
        golden.Close("z_power_formula", Power.OneSampleZ(effect, n));
    });

    [Fact]
    public void Agreement_EveryCase_EqualsScikitLearnAndStatsmodels() => ForEach("agreement", golden =>
    {
        int[] a = golden.Integers("a"), b = golden.Integers("b"), c = golden.Integers("c");
        golden.Close("cohen_kappa", Agreement.CohenKappa(a, b));
        golden.Close("cohen_kappa_quadratic", Agreement.CohenKappaQuadratic(a, b));
        golden.Close("fleiss_kappa", Agreement.FleissKappa<int>([.. a.Select((_, i) => (int[])[a[i], b[i], c[i]])]));
    });

    [Fact]
    public void PassAtK_EveryCase_EqualsFormula() => ForEach("pass_at_k", golden =>
    {
        var (n, c, k) = (golden.Integer("n"), golden.Integer("c"), golden.Integer("k"));
        golden.Close("pass_at_k_formula", PassAtK.AtLeastOne(n, c, k));
        golden.Close("pass_hat_k_formula", PassAtK.All(n, c, k), absolute: 0);
    });

    [Fact]
    public void Distributions_EveryValue_EqualScipy()
    {
        var golden = File.Child("special");
        double[] q = golden.Numbers("q"), x = golden.Numbers("x");
        golden.Close("norm_ppf", q.Select(D.NormalPpf), absolute: 1e-15);
        golden.Close("norm_cdf", x.Select(D.NormalCdf), absolute: 0);
        golden.Close("norm_sf", x.Select(D.NormalSf), absolute: 0);
        golden.Close("erf", x.Select(D.Erf), absolute: 0);
        golden.Close("gammaln", GammaAt.Select(D.LogGamma), absolute: 1e-15);
        Each("t_cdf", (df, child) => child.Close(df, x.Select(v => D.StudentCdf(v, Number(df))), absolute: 0));
        Each("t_ppf", (df, child) => child.Close(df, q.Select(v => D.StudentPpf(v, Number(df))), relative: 1e-8, absolute: 1e-15));
        Each("chi2_sf", (df, child) => child.Close(df, ChiSquaredAt.Select(v => D.ChiSquaredSf(v, Number(df))), absolute: 0));
        Each("beta_ppf", (ab, child) => child.Close(ab, q.Select(v => D.BetaPpf(v, Number(ab), Number(ab, 1))), absolute: 0));
        Each("beta_inc", (ab, child) => child.Close(ab, BetaAt.Select(v => D.BetaCdf(v, Number(ab), Number(ab, 1))), absolute: 0));
        Each("binom_cdf", (np, child) =>
        {
            var n = (int)Number(np);
            int[] at = [0, 1, 3, n / 2, n];
            child.Close(np, at.Select(k => D.BinomialCdf(k, n, Number(np, 1))), absolute: 0);
        });
        golden.AssertAllRead();

        void Each(string name, Action<string, GoldenRecord> compare)
        {
            var child = golden.Child(name);
            foreach (var key in child.Keys.ToArray()) compare(key, child);
        }

        static double Number(string list, int at = 0) => double.Parse(list.Split(',')[at], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void ForEach(string list, Action<GoldenRecord> compare)
    {
        var cases = File.List(list);
        Assert.NotEmpty(cases);
        foreach (var golden in cases)
        {
            compare(golden);
            golden.AssertAllRead();
        }
    }

    private static double[] Parts(TestResult result) => [result.Statistic, result.PValue];
}
