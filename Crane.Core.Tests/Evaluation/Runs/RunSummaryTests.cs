using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

public class RunSummaryTests
{
    private static readonly RunOrigin Origin = new([1], "abc", "here", 2);

    [Fact]
    public void Of_ProbesOfOneEditThatAgree_CountAsOneObservation()
    {
        // Two edits with four probes each: all right in one, all wrong in the other.
        var agreeing = Summary([.. Enumerable.Range(0, 8).Select(i => Record($"e{i / 4}", "exact", i < 4 ? 1 : 0))]);
        var mixed = Summary([.. Enumerable.Range(0, 8).Select(i => Record($"e{i / 4}", "exact", i % 2))]);
        Assert.Equal((0.5, 8, 2), (agreeing.Mean, agreeing.N, agreeing.Clusters));
        Assert.Equal(0.5, mixed.Mean);
        Assert.True(agreeing.High - agreeing.Low > 1.5 * (mixed.High - mixed.Low), $"{agreeing.Low}..{agreeing.High} against {mixed.Low}..{mixed.High}");
    }

    [Fact]
    public void Of_Cells_CountTheirProbesAndAllAddsThemUp()
    {
        ProbeRecord[] records = [Record("a", "exact", 1), Record("a", "multi-hop-1", 0), Record("b", "exact", 1), Record("b", "exact", 0)];
        var lines = RunSummary.Of(records, Method.Base, "single", Origin);
        Assert.Equal([("exact", 3, 2), ("multi-hop-1", 1, 1), ("all", 4, 2)], lines.Where(l => l is { Stratum: "all", Modality: "all" })
            .Select(l => (l.Level, l.N, l.Clusters)));
        Assert.All(lines, line => Assert.InRange(line.Mean, line.Low, line.High));
        Assert.All(lines, line => Assert.Equal(("base", "none", "abc"), (line.Method, line.Retrieval, line.Commit)));
    }

    [Fact]
    public void Of_AllRight_LeavesRoomBelowOneThatShrinksWithTheEditsAndNotWithTheProbes()
    {
        double Low(int edits, int probes) => Summary([.. Enumerable.Range(0, edits * probes).Select(i => Record($"e{i / probes}", "exact", 1))]).Low;
        Assert.Equal(Low(10, 1), Low(10, 5));
        Assert.InRange(Low(10, 5), 0.6, 0.8);
        Assert.True(Low(100, 1) > Low(10, 1));
    }

    private static SummaryLine Summary(ProbeRecord[] records) =>
        RunSummary.Of(records, Method.Base, "single", Origin).Single(l => l is { Level: "exact", Stratum: "all", Modality: "all" });

    private static ProbeRecord Record(string edit, string level, double value) =>
        new(edit, $"{edit}/{level}", level, "visual", "strong", 1, "", [], "", null, null, true, null, null, 1,
            new(StringComparer.Ordinal) { ["generated/grounded-success"] = value });
}
