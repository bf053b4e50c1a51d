using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Notebooks.Running;

namespace Crane.Core.Tests.Notebooks;

[Collection(nameof(Torch))]
public sealed class FullTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-full-").FullName;
    private readonly StringWriter log = new();

    [Fact]
    public async Task Full_Dry_SaysEveryStageAndRunsNone()
    {
        Assert.Equal(0, await FullCommand.Run(folder, smallest: false, dry: true, log, default));
        foreach (var stage in (string[])["base: crane pretrain", "crane-sft: crane sft", "crane-grpo: crane grpo", "memory: crane memory",
            "crane evaluate wise", "crane ablate"])
            Assert.Contains(stage, log.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Assert.Matches("evaluate-crane-sft-single-gold: .*about .*min", log.ToString());   // measured when the shipped results were made
        Assert.Contains("when the shipped results were made", log.ToString(), StringComparison.Ordinal);
        // Every method of the shipped table has a stage, so that its row can be made again.
        var evaluated = FullStages.All.Select(stage => stage.Arguments).Where(a => a[0] == "evaluate").Select(a => a[1]).ToHashSet();
        Assert.DoesNotContain(ResultsFile.Shipped().Select(line => line.Method).Distinct(), method => !evaluated.Contains(method));
    }

    [Fact]
    public async Task Full_Smallest_MakesATableAndGoesOnWhereItWas()
    {
        Assert.True(0 == await FullCommand.Run(folder, smallest: true, dry: false, log, default), log.ToString());
        var summary = new ResultsStore(Path.Combine(folder, "data", "results")).Summary;
        Assert.Equal(["base", "rag", "crane-sft-grpo"], summary.Select(line => line.Method).Distinct());
        Assert.Contains("| CRANE, gold |", File.ReadAllText(Path.Combine(folder, "table.md")), StringComparison.Ordinal);
        Assert.Contains("numbers agree", File.ReadAllText(Path.Combine(folder, "comparison.md")), StringComparison.Ordinal);
        Assert.Matches(@"base: \d|evaluate-base-single-none: \d", log.ToString());
        Assert.Contains("numbers agree with the shipped ones", log.ToString(), StringComparison.Ordinal);
        var times = RunLog<StageTime>.Read(Path.Combine(folder, "stages.jsonl"));
        Assert.Equal(FullStages.Smallest.Select(stage => stage.Name), times.Where(time => time.Finished && time.Seconds > 0).Select(time => time.Stage));
        Assert.Equal(0, await FullCommand.Run(folder, smallest: true, dry: false, log, default));
        Assert.Equal(times.Count, RunLog<StageTime>.Read(Path.Combine(folder, "stages.jsonl")).Count);   // nothing ran again
    }

    [Fact]
    public void Comparison_OfNumbersApart_NamesThem()
    {
        var line = new SummaryLine("ft", "single", "none", "exact", "strong", "all", GroundedSuccess.Id, 0.25, 0.1, 0.4, 40, 20, [1], "abc", "here", 1);
        Assert.StartsWith("1 of 1 numbers agree", FullCommand.Comparison([line with { Mean = 0.35, High = 0.5 }], [line]), StringComparison.Ordinal);
        var apart = FullCommand.Comparison([line with { Low = 0.5, Mean = 0.6, High = 0.7 }, line with { Level = "all" }], [line]);
        Assert.StartsWith("0 of 1 numbers agree", apart, StringComparison.Ordinal);
        Assert.Contains("| FT, single, none | exact, strong, all |", apart, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
