using Crane.Core.Memory;

namespace Crane.Core.Tests.Memory;

public class GateTests
{
    private static Candidate Found(string id, double cosine, double margin = 0, double bm25 = 0, string? value = null) =>
        new(EditLibraryTests.Capital(id, "Japan", value ?? $"value of {id}"), cosine, margin, bm25);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    [Theory, InlineData(0.05), InlineData(0.1), InlineData(0.3)]
    public void Threshold_FreshScores_PassAtMostAtTheRateOnAverageAndNotMuchRarer(double rate)
    {
        const int runs = 400, calibration = 99, test = 200;
        var passed = 0;
        for (var run = 0; run < runs; run++)
        {
            var random = Seeds.Random(7, run);
            var threshold = Conformal.Threshold(Enumerable.Range(0, calibration).Select(_ => Normal(random)), rate);
            passed += Enumerable.Range(0, test).Count(_ => Normal(random) > threshold);
        }
        // With 99 scores and these rates the probability is the rate itself; its standard error over the runs is below 0.003.
        Assert.InRange((double)passed / (runs * test), rate - 0.009, rate + 0.009);
    }

    [Fact]
    public void Threshold_SmallSets_IsTheRankOfTheFormula()
    {
        double[] scores = [5, 1, 4, 2, 3, 9, 7, 8, 6];   // 9 of them: (9 + 1) × 0.9 = rank 9
        Assert.Equal(9, Conformal.Threshold(scores, 0.1));
        Assert.Equal(8, Conformal.Threshold(scores, 0.2));
        Assert.Equal(double.PositiveInfinity, Conformal.Threshold(scores, 0.05));
        Assert.Equal(double.PositiveInfinity, Conformal.Threshold([], 0.5));
        Assert.Throws<ArgumentException>(() => Conformal.Threshold([double.NaN], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Conformal.Threshold(scores, 1));
    }

    /// <summary>Queries with an answer score high; a tenth of them has a twin that wins half of the time by a little.</summary>
    private static List<GateExample> Examples(Random random, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        Candidate[] others = [Found("x", 0.3 + 0.1 * Normal(random)), Found("y", 0.2 + 0.1 * Normal(random))];
        if (i % 2 == 0) return new GateExample(others, null);
        var right = 0.8 + 0.1 * Normal(random);
        return new GateExample([.. others, Found("right", right), .. i % 20 == 1 ? [Found("twin", right + 0.01 * Normal(random))] : Array.Empty<Candidate>()],
            "right");
    })];

    [Fact]
    public void Calibrate_HeldOutQueries_KeepsFalseAndWrongRetrievalBelowTheRateAndFindsTheRest()
    {
        var (falseOnes, wrong, right, runs) = (0, 0, 0, 60);
        for (var run = 0; run < runs; run++)
        {
            var random = Seeds.Random(11, run);
            var gate = Gate.Calibrate(Gate.Cosine, Examples(random, 400), 0.02);
            foreach (var example in Examples(random, 400))
            {
                var brought = gate.Decide(example.Candidates).Entry;
                if (brought is null) continue;
                if (example.Right is null) falseOnes++;
                else if (brought.Id == example.Right) right++;
                else wrong++;
            }
        }
        var each = runs * 200.0;
        Assert.InRange(falseOnes / each, 0.005, 0.025);
        Assert.InRange(wrong / each, 0.0, 0.025);
        Assert.True(right / each > 0.9, $"{right / each}");
    }

    [Fact]
    public void Decide_Twins_BringsNothingUnlessTheySayTheSame()
    {
        var gate = new Gate(Gate.Cosine, 0.5, TwinMargin: 0.05);
        var chad = Found("chad", 0.91);
        Assert.Null(gate.Decide([chad, Found("romania", 0.90)]).Entry);
        Assert.Contains("twins", gate.Decide([chad, Found("romania", 0.90)]).Why);
        Assert.Equal("chad", gate.Decide([Found("copy", 0.90, value: chad.Entry.NewValue), chad]).Entry!.Id);
        Assert.Equal("chad", gate.Decide([Found("romania", 0.80), chad]).Entry!.Id);
        Assert.Null(gate.Decide([Found("low", 0.5)]).Entry);
        Assert.Contains("threshold", gate.Decide([Found("low", 0.5)]).Why);
        Assert.Null(gate.Decide([]).Entry);
        Assert.Null(new Gate(_ => double.NaN, 0).Decide([chad]).Entry);
    }

    [Fact]
    public void Fit_WordsTellWhatCosineCannot_BeatsTheThresholdOnCosine()
    {
        static List<GateExample> Draw(Random random) => [.. Enumerable.Range(0, 300).Select(_ =>
            new GateExample([Found("right", 0.6 + 0.1 * Normal(random), 0.1, bm25: 4 + Normal(random)),
                Found("other", 0.6 + 0.1 * Normal(random), 0.1, bm25: 1 + Math.Abs(Normal(random)))], "right"))];
        var scorer = LogisticScorer.Fit(Draw(Seeds.Random(1)));
        var test = Draw(Seeds.Random(2));
        double Accuracy(PairScorer score) => test.Average(e => score(e.Candidates[0]) > score(e.Candidates[1]) ? 1.0 : 0.0);
        Assert.InRange(Accuracy(Gate.Cosine), 0.4, 0.6);
        Assert.True(Accuracy(scorer.Score) > 0.9, $"{Accuracy(scorer.Score)}");
    }

    [Fact]
    public void Fit_Optimum_HasNoGradientAndMeanProbabilityIsTheShareOfRightOnes()
    {
        var random = Seeds.Random(4);
        List<GateExample> examples =
            [.. Enumerable.Range(0, 80)
            .Select(_ => new GateExample([Found("right", 0.5 + 0.2 * Normal(random), Normal(random), 3 * random.NextDouble()),
            Found("a", 0.3 + 0.2 * Normal(random), Normal(random), 3 * random.NextDouble())], "right"))];
        var scorer = LogisticScorer.Fit(examples, penalty: 2);
        var rows = examples.SelectMany(e => e.Candidates.Select(c => (Candidate: c, Y: c.Entry.Id == "right" ? 1.0 : 0.0))).ToList();
        Assert.Equal(rows.Average(r => r.Y), rows.Average(r => scorer.Score(r.Candidate)), 1e-6);   // the bias is free
        for (var i = 0; i < scorer.Weights.Length; i++)
        {
            var gradient = rows.Sum(r => (scorer.Score(r.Candidate) - r.Y) * (r.Candidate.Features[i] - scorer.Mean[i]) / scorer.Scale[i]) + 2
                * scorer.Weights[i];
            Assert.Equal(0, gradient, 1e-6);
        }
    }

    [Fact]
    public void Fit_PerfectlySeparableOrOneClass_StaysFiniteOrIsRefused()
    {
        List<GateExample> separable =
            [.. Enumerable.Range(0, 20).Select(i => new GateExample([Found("right", 0.9 + 0.001 * i), Found("other", 0.1 + 0.001 * i)], "right"))];
        Assert.All(LogisticScorer.Fit(separable).Weights, w => Assert.True(double.IsFinite(w)));
        Assert.Throws<ArgumentException>(() => LogisticScorer.Fit([new([Found("other", 0.1)], "right")]));
    }
}
