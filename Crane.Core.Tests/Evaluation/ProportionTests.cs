using Crane.Core.Evaluation;

namespace Crane.Core.Tests.Evaluation;

public class ProportionTests
{
    [Theory]   // Newcombe 1998, Statistics in Medicine 17, table I, method 3 (Wilson without continuity correction)
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Interval_PublishedCase_EqualsTheTable(int successes, int trials, double low, double high)
    {
        var proportion = new Proportion(successes, trials);
        Assert.Equal((low, high), (Math.Round(proportion.Low, 4), Math.Round(proportion.High, 4)));
    }

    [Theory, InlineData(0, 7), InlineData(7, 7), InlineData(3, 7), InlineData(500, 1000)]
    public void Interval_AnyCase_SolvesWilsonsEquation(int successes, int trials)
    {
        var proportion = new Proportion(successes, trials);
        foreach (var end in (double[])[proportion.Low, proportion.High])   // (p̂ − p)² = z² p (1 − p) / n
            Assert.Equal(Math.Pow(proportion.Mean - end, 2), Math.Pow(1.959963984540054, 2) * end * (1 - end) / trials, 1e-12);
        Assert.InRange(proportion.Mean, proportion.Low, proportion.High);
    }

    [Fact]
    public void Interval_NoTrials_IsEverything() => Assert.Equal((0.0, 1.0), (new Proportion(0, 0).Low, new Proportion(0, 0).High));

    [Fact]
    public void ToString_Case_NamesShareIntervalAndCount() => Assert.Equal("30.8 % [25.5, 36.6] of 263", new Proportion(81, 263).ToString());
}
