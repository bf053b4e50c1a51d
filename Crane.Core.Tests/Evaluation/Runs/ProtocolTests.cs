using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using Crane.Core.Tests.Benchmark;

namespace Crane.Core.Tests.Evaluation.Runs;

[Collection(nameof(Torch))]
public sealed class ProtocolTests : IDisposable
{
    private static readonly VisionLanguageModel Nano = VisionLanguageModel.Load(DataFolder.Of("nano"));
    private readonly string root = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Complete_Groups_AreFull_UnlessThereIsNone()
    {
        var set = BenchmarkSet.Shipped("dev").Sample(25);
        var config = RunConfig.Sequential(10);
        var cases = config.Complete(set.Cases(config));
        Assert.All(config.Groups(cases), group => Assert.Equal(10, group.Length));
        Assert.InRange(cases.Count, 10, 20);
        Assert.Equal(25, RunConfig.Single.Complete(set.Cases()).Count);
        Assert.Equal(25, RunConfig.Sequential(100).Complete(set.Cases(100)).Count);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(int.MaxValue)]
    public void Cases_SeveralInForce_KeepOnlyProbesWhoseAnswerStays(int together)
    {
        var set = BenchmarkSet.Shipped("dev");
        var (walker, edits) = (new GoldWalker(World.Load()), set.All.ToDictionary(e => e.Id));
        var probes = set.All.SelectMany(e => e.Probes).ToDictionary(p => p.Id);
        var groups = new RunConfig { EditsInForce = together }.Groups(set.Cases(together));
        foreach (var group in groups)
        {
            Assert.Single(group.Select(c => c.Series).Distinct());
            var all = group.Select(c => edits[c.Edit.Id].Statement).ToList();
            foreach (var probe in group.SelectMany(c => c.Probes).Select(p => probes[p.Id]))
            {
                var own = probe.EditIds.Select(id => edits[id].Statement).ToList();
                Assert.Equal(walker.Walk(probe, ProbeLevels.IsLocality(probe.Level) ? [] : own), walker.Walk(probe, all.Union(own)));
            }
        }
        var kept = groups.SelectMany(g => g).SelectMany(c => c.Probes).ToList();
        Assert.True(kept.Count > probes.Count / 3, $"{kept.Count} of {probes.Count} probes are left.");
        Assert.Contains(kept, p => p.Level == ProbeLevels.Composition);
    }

    [Fact]
    public void Run_SequentialAndBatch_HaveAllEditsInForceAndUndoThem()
    {
        var hash = WeightHash.Of(Nano.Model);
        var set = BenchmarkSet.Shipped("dev").First(2);
        foreach (var config in (RunConfig[])[RunConfig.Sequential(2), RunConfig.Batch(2), RunConfig.Sequential(null)])
        {
            using var editor = new FineTuning(Nano);
            var cases = set.Cases(config).Select(c => c with { Probes = [.. c.Probes.Take(2)] }).ToList();
            var records = EvaluationRun.Run(Nano, Method.Of("ft", editor), cases, config, Path.Combine(root, config.Setting));
            Assert.All(records, record => Assert.Equal(2, record.InForce));
            Assert.Equal(hash, WeightHash.Of(Nano.Model));
        }
    }

    [Fact]
    public void Run_SequenceStoppedBetweenBlocks_GoesOnToTheSameBytesAndTakesAllBack()
    {
        var hash = WeightHash.Of(Nano.Model);
        var config = RunConfig.Sequential(null);
        List<EditCase> cases = [.. BenchmarkSet.Shipped("dev").Sample(40).Cases(config).Where(c => c.Series == 0).Take(18)
            .Select(c => c with { Probes = [.. c.Probes.Take(1)] })];
        Assert.Equal(18, Assert.Single(config.Groups(cases)).Length);
        void Run(string name, IProgress<ProgressUpdate>? progress = null)
        {
            using var editor = new FineTuning(Nano, FineTuningConfig.NanoDownProjection with { NumSteps = 2 });
            EvaluationRun.Run(Nano, Method.Of("ft", editor), cases, config, Path.Combine(root, name), null, progress);
        }
        byte[] Written(string name) => File.ReadAllBytes(Path.Combine(root, name, EvaluationRun.ProbesFile));
        var reports = new List<ProgressUpdate>();
        Run("whole", new Immediate<ProgressUpdate>(reports.Add));
        Assert.Equal(Enumerable.Range(1, 18), reports.Where(r => r.Stage == "ft, edits").Select(r => (int)r.Done));
        Assert.Throws<OperationCanceledException>(() => Run("broken", new Immediate<ProgressUpdate>(update =>
        {
            if (update is { Stage: "ft", Done: > 16 }) throw new OperationCanceledException();   // behind the first block, which is written by then
        })));
        Assert.Equal(hash, WeightHash.Of(Nano.Model));
        Assert.InRange(Written("broken").Length, 1, Written("whole").Length - 1);
        Run("broken");
        Assert.Equal(Written("whole"), Written("broken"));
        Assert.Equal(hash, WeightHash.Of(Nano.Model));
    }

    [Fact]
    public void Run_Sampling_DoesNotDependOnTheBatchNorOnTheCache()
    {
        var cases = BenchmarkSet.Shipped("dev").First(2).Cases();
        using var cache = new ResponseCache(Path.Combine(root, "cache.jsonl"));
        var config = new RunConfig { Generation = Nano.Generation with { DoSample = true, Temperature = 1.5, TopK = 0 }, Seed = 5 };
        IEnumerable<string> Outputs(string name, RunConfig how) => EvaluationRun.Run(Nano, Method.Base, cases, how, Path.Combine(root, name))
            .Select(r => r.Output);
        var one = Outputs("one", config with { BatchSize = 1, Cache = cache }).ToList();
        Assert.Equal(one, Outputs("many", config with { BatchSize = 16 }));
        var asked = cache.Count;
        Assert.Equal(one, Outputs("again", config with { Cache = cache }));
        Assert.Equal(asked, cache.Count);
        Assert.NotEqual(one, Outputs("other", config with { Seed = 6 }));
    }

    [Fact]
    public void Run_OfALargerSample_AnswersASmallerOne()
    {
        List<EditCase> cases = [.. BenchmarkSet.Shipped("dev").Sample(3).Cases().Select(c => c with { Probes = [.. c.Probes.Take(3)] })];
        var large = EvaluationRun.Run(Nano, Method.Base, cases, RunConfig.Single, Path.Combine(root, "sample"));
        var written = File.ReadAllText(Path.Combine(root, "sample", EvaluationRun.ProbesFile));
        Assert.Equal(large.Take(6), EvaluationRun.Run(Nano, Method.Base, cases[..2], RunConfig.Single, Path.Combine(root, "sample")), (a, b) =>
            (a.Probe, a.Output) == (b.Probe, b.Output));
        Assert.Equal(written, File.ReadAllText(Path.Combine(root, "sample", EvaluationRun.ProbesFile)));
        Assert.Throws<InvalidDataException>(() => EvaluationRun.Run(Nano, Method.Base, cases[1..], RunConfig.Single, Path.Combine(root, "sample")));
    }

    [Fact]
    public void Tokens_InABatch_AreThoseOfEachRowAlone()
    {
        var set = BenchmarkSet.Shipped("dev");
        var rows = set.First(1).Cases()[0].Probes.Concat(set.Cases().First(c => c.Modality == "visual").Probes)
            .Select(p => (p.Question, p.Targets[0])).ToList();
        var batched = TeacherForced.Tokens(Nano, rows, 5);
        foreach (var (row, tokens) in rows.Zip(batched))
        {
            var alone = TeacherForced.Tokens(Nano, [row], 5)[0];
            Assert.Equal(alone.Target, tokens.Target);
            Assert.Equal(alone.Ranked.Select(place => place[0]), tokens.Ranked.Select(place => place[0]));
            Assert.All(tokens.Ranked, place => Assert.Equal(5, place.Length));
        }
        Assert.Throws<ArgumentException>(() => TeacherForced.Tokens(Nano, [(new("Who?"), "")]));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
