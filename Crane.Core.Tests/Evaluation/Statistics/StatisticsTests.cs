using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Tests.Evaluation.Statistics;

/// <summary>Properties, refusals, and what the reference values do not cover.</summary>
public class StatisticsTests
{
    private static readonly double[] Few = [0.3, -0.1, 0.7, 0.4, -0.2, 0.9, 0.05];

    [Fact]
    public void MillerError_OneValuePerCluster_IsThePlainError() =>
        Assert.Equal(Samples.StandardError(Few), ClusteredMean.MillerError(Few, Enumerable.Range(0, Few.Length).ToArray()), 1e-12);

    [Fact]
    public void MillerError_EveryValueTwiceInItsCluster_DoesNotShrink()
    {
        double[] twice = [.. Few, .. Few];
        int[] clusters = [.. Enumerable.Range(0, Few.Length), .. Enumerable.Range(0, Few.Length)];
        Assert.True(ClusteredMean.MillerError(twice, clusters) > 1.3 * Samples.StandardError(twice));
        Assert.Equal(ClusteredMean.SandwichError(Few, clusters[..Few.Length]), ClusteredMean.SandwichError(twice, clusters), 1e-12);
    }

    [Fact]
    public void ClusteredMean_Values_NamesCounts()
    {
        var mean = ClusteredMean.Of([1, 1, 0, 0.0], ["a", "a", "b", "b"]);
        Assert.Equal((0.5, 4, 2), (mean.Mean, mean.N, mean.Clusters));
        Assert.Equal(0.5 + 1.959963984540054 * mean.StandardError, mean.Interval.High, 1e-12);
    }

    [Fact]
    public void DrawClusters_StrongClusters_HasTheClusteredError()
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(i => i / 5 % 3 == 0 ? 1.0 : 0.0)];
        int[] clusters = [.. Enumerable.Range(0, 200).Select(i => i / 5)];
        var clustered = Bootstrap.DrawClusters(values, clusters, Samples.Mean, seed: 1, resamples: 4000).StandardError;
        Assert.InRange(clustered / ClusteredMean.MillerError(values, clusters), 0.93, 1.07);
        Assert.True(clustered > 1.8 * Bootstrap.Draw(values, Samples.Mean, seed: 1, resamples: 1000).StandardError);
    }

    [Fact]
    public void Draw_SameSeed_GivesTheSame() =>
        Assert.Equal(Bootstrap.Draw(Few, Samples.Mean, seed: 3, resamples: 50).Resampled, Bootstrap.Draw(Few, Samples.Mean, seed: 3, resamples: 50).Resampled);

    [Fact]
    public void Bca_ConstantSample_IsNotANumber() => Assert.True(double.IsNaN(Bootstrap.Draw([1, 1, 1], Samples.Mean, seed: 1, resamples: 20).Bca().Low));

    [Fact]
    public void SignFlip_ManyDraws_ApproachesTheExactTest() =>
        Assert.Equal(SignTests.SignFlipExact(Few).PValue, SignTests.SignFlip(Few, seed: 5, resamples: 20_000).PValue, 0.015);

    [Fact]
    public void SignFlip_OneDirection_IsAsSmallAsTheDrawsAllow() =>
        Assert.Equal(2.0 / 1000, SignTests.SignFlip([.. Enumerable.Repeat(1.0, 60)], seed: 1, resamples: 999).PValue, 1e-12);

    [Fact]
    public void NoncentralT_NoShift_IsStudent()
    {
        foreach (var t in Few) Assert.Equal(Distributions.StudentCdf(t, 5), NoncentralT.Cdf(t, 5, 0), 1e-12);
    }

    [Theory, InlineData(0.3, 2.5), InlineData(0.9, -1.5)]
    public void NoncentralT_ManyDegrees_IsAShiftedNormal(double t, double delta) =>
        Assert.Equal(Distributions.NormalCdf(t - delta), NoncentralT.Cdf(t, 1e7, delta), 1e-6);

    [Fact]
    public void McNemar_Of_CountsWhereTheMethodsDiffer() =>
        Assert.Equal(new McNemar(2, 1), McNemar.Of([true, true, false, true, false], [false, false, true, true, false]));

    [Fact]
    public void McNemar_NeverDiffering_HasNoEvidence() => Assert.Equal(1, new McNemar(0, 0).Exact().PValue);

    [Fact]
    public void Kendall_ReversedOrder_IsMinusOneWithExactChance()
    {
        var result = Correlation.KendallB([1, 2, 3, 4], [4, 3, 2, 1]);
        Assert.Equal(-1, result.Statistic, 1e-12);
        Assert.Equal(2.0 / 24, result.PValue, 1e-12);
    }

    [Fact]
    public void BenjaminiHochberg_Values_KeepTheirPlaces() =>
        Assert.Equal([0.04, 0.02, 0.04], MultipleComparisons.BenjaminiHochberg([0.04, 0.02 / 3, 0.03]).Select(p => Math.Round(p, 12)));

    [Fact]
    public void BinaryRanking_AllScoresEqual_IsHalf() => Assert.Equal(0.5, new BinaryRanking([true, false, true], [1, 1, 1]).Auroc);

    [Fact]
    public void PassAtK_OneOfOne_IsTheShare() => Assert.Equal(0.3, PassAtK.AtLeastOne(10, 3, 1), 1e-12);

    public static TheoryData<string, Action> Refusals => new()
    {
        { "one has 2 and the other 3", () => Samples.Differences([1, 2], [1, 2, 3]) },
        { "at least two pairs, there are 1", () => _ = new PairedComparison([1], [2]) },
        { "Asymptotic", () => Wilcoxon.Exact([1, 1, 2]) },
        { "SignFlip", () => SignTests.SignFlipExact(new double[26]) },
        { "both classes; there are 2 positives and 0 negatives", () => _ = new BinaryRanking([true, true], [0.1, 0.2]) },
        { "Confidence 1 is not in [0, 1]", () => Calibration.Brier([true, true], [0.5, 1.5]) },
        { "p-value 0 is not in [0, 1]", () => MultipleComparisons.Holm([-0.1]) },
        { "n is 3, c is 4, k is 1", () => PassAtK.All(3, 4, 1) },
        { "between 0 and the number of trials, 3", () => ProportionInterval.Wilson(4, 3) },
        { "share between 0 and 1", () => ProportionInterval.Wilson(1, 3, 95) },
        { "same number of raters", () => Agreement.FleissKappa<int>([[1, 2], [1]]) },
        { "nothing to resample", () => Bootstrap.Draw([], Samples.Mean, 1) },
    };

    [Theory, MemberData(nameof(Refusals))]
    public void Statistic_BadInput_SaysWhatIsWrong(string message, Action call) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(call).Message);
}
