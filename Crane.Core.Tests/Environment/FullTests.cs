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
            "crane-sft-long: crane sft --steps 1245", "without route: crane grpo --without route", "groups of 4: crane grpo --generations 4",
            "crane evaluate wise", "--setting sequential-all", "crane ablate"])
            Assert.Contains(stage, log.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Assert.Matches("evaluate-crane-sft-single-gold: .*about .*min", log.ToString());   // measured when the shipped results were made
        Assert.Contains("when the shipped results were made", log.ToString(), StringComparison.Ordinal);
        Assert.Equal(FullStages.All.Count, FullStages.All.Select(stage => stage.Name).Distinct().Count());
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
        var comparison = File.ReadAllText(Path.Combine(folder, "comparison.md"));
        Assert.Contains("numbers agree", comparison, StringComparison.Ordinal);
        Assert.Matches(@"\| CRANE, single, gold \| GS, strong \| .* \| (yes|overlap|\*\*no\*\*) \|", comparison);
        Assert.Contains("| evaluate-base-single-none |", comparison, StringComparison.Ordinal);
        Assert.Contains("numbers agree with the shipped ones", log.ToString(), StringComparison.Ordinal);
        var times = RunLog<StageTime>.Read(Path.Combine(folder, "stages.jsonl"));
        Assert.Equal(FullStages.Smallest.Select(stage => stage.Name), times.Where(time => time.Finished && time.Seconds > 0).Select(time => time.Stage));
        Assert.Equal(0, await FullCommand.Run(folder, smallest: true, dry: false, log, default));
        Assert.Equal(times.Count, RunLog<StageTime>.Read(Path.Combine(folder, "stages.jsonl")).Count);   // nothing ran again
    }

    [Fact]
    public void Times_OfAStoppedStage_AreAddedUp() => Assert.Equal(
        "| stage | wall time |\n| --- | --- |\n| base | 1.5 min |\n| strata | 30 s |\n| all | 2 min |\n",
        FullCommand.Times([new("base", 60, false, "a"), new("base", 30, true, "a"), new("strata", 30, true, "a")]));

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
