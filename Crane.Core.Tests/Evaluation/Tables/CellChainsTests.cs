using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;

namespace Crane.Core.Tests.Evaluation.Tables;

public sealed class CellChainsTests
{
    private static readonly BenchmarkEdit Edit = BenchmarkFile.Shipped("dev")[0];
    private static readonly TableColumn Exact = new("exact", GroundedSuccess.Id, ProbeLevels.Exact);

    [Fact]
    public void Open_ACell_ShowsQuestionEditAndChain()
    {
        var chains = new CellChains([Edit], new BenchmarkPictures());
        var text = chains.Open([Run("<think>It is so.</think><answer>x</answer>", 0)], Exact).Text;
        Assert.Contains(Edit.Question, text, StringComparison.Ordinal);
        Assert.Contains(Edit.Statement, text, StringComparison.Ordinal);
        Assert.Contains("It is so.", text, StringComparison.Ordinal);
        Assert.StartsWith("[no answers", chains.Open([Run("<think>t</think><answer>x</answer>", 0)], Exact, score: 1).Text, StringComparison.Ordinal);
        Assert.StartsWith("[no answers", chains.Open([], Exact).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Overview_OfARow_ShowsAFailureOfEachCellThatHasOne()
    {
        var chains = new CellChains([Edit], new BenchmarkPictures());
        StoredRun[] seeds = [Run("<think>It is so.</think><answer>x</answer>", 0), Run("<think>It is not.</think><answer>y</answer>", 1)];
        TableColumn[] columns = [Exact, Exact with { Heading = "weak", Stratum = Strata.Weak }, new("edit, s", RunCosts.EditSeconds)];
        var text = chains.Overview(seeds, columns).Text;
        Assert.Contains("exact, 1 of 2 fail", text, StringComparison.Ordinal);
        Assert.Contains("<answer>x</answer>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<answer>y</answer>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("weak", text, StringComparison.Ordinal);
        Assert.Contains("<answer>y</answer>", chains.Overview(seeds[1..], columns).Text, StringComparison.Ordinal);   // without failures, a success
        Assert.StartsWith("[the answers", chains.Overview([], columns).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_LookUps_GivesTheCurveThatTheirScoresDraw()
    {
        var (probe, locality) = (Edit.Probes.First(p => !ProbeLevels.IsLocality(p.Level)).Id, Edit.Probes.First(p => ProbeLevels.IsLocality(p.Level)).Id);
        ProbeLookUp Look(string of, double score, bool brought) => new(of, 1, [], [new("textual", "q", Edit.Id, score, brought ? Edit.Id : null, "")], []);
        var curve = Assert.Single(RetrievalCurve.Of([Look(probe, 0.9, true), Look(probe, 0.4, false), Look(locality, 0.6, true), Look(locality, 0.1, false)],
            [Edit], "crane-sft", "abc"));
        Assert.Equal((0.75, 2, 2, 0.5, 0.5), (curve.Auroc, curve.Right, curve.Wrong, curve.BroughtRight, curve.BroughtWrong));
        Assert.Equal([[0, 0], [1, 1]], (double[][])[curve.Points[0], curve.Points[^1]]);
    }

    private static StoredRun Run(string output, double grounded) => new(new(StoredRun.Version, "ft", "single", "none", 1, "c", "m", 1, 1, []),
        [StoredAnswer.Of(new(Edit.Id, Edit.Probes[0].Id, "exact", "textual", "strong", 1, "", [], output, "It is so.", "x", true, 1, null, 1,
            new(StringComparer.Ordinal) { [GroundedSuccess.Id] = grounded }))]);
}
