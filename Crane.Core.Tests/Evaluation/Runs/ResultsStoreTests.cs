using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

public sealed class ResultsStoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Add_SeedsOfARun_ArePooledInTheSummary()
    {
        var store = new ResultsStore(folder);
        store.Add(StoredRunTests.Run([.. Records(i => 1)], seed: 2));
        var lines = store.Add(StoredRunTests.Run([.. Records(i => i % 2)], seed: 1));
        var line = lines.Single(l => l is { Metric: GroundedSuccess.Id, Level: ProbeLevels.Exact, Stratum: "all", Modality: "all" });
        Assert.Equal((0.75, 40, 20), (line.Mean, line.N, line.Clusters));
        Assert.Equal([1, 2], line.Seeds);
        Assert.Equal(("commit1, commit2", 20.0), (line.Commit, line.Seconds));
        Assert.Equal(["ft-single-none-seed2.jsonl.gz", "ft-single-none.jsonl.gz"], Directory.GetFiles(store.RunsFolder).Select(f => Path.GetFileName(f)!)
            .Order(StringComparer.Ordinal));
        Assert.Equal(lines.Count, new ResultsStore(folder).Summary.Count);
        Assert.Empty(new ResultsStore(folder).Runs("ft-last", "single", "none"));
    }

    [Fact]
    public void Add_ARunAgain_ReplacesItsAnswersAndNumbers()
    {
        var store = new ResultsStore(folder);
        store.Add(StoredRunTests.Run([.. Records(i => 0)]));
        store.Add(StoredRunTests.Run([.. Records(i => 1)]));
        Assert.Equal(1, new ResultsStore(folder).Summary.First(l => l.Metric == GroundedSuccess.Id).Mean);
        Assert.Equal(1, Assert.Single(store.Runs("ft", "single", "none")).Records[0].Metrics[GroundedSuccess.Id]);
    }

    [Fact]
    public void Add_Costs_HaveIntervalsOverEditsOfAllSeeds()
    {
        var store = new ResultsStore(folder);
        store.Add(StoredRunTests.Run([.. Records(i => 0)], seed: 1, costs: new CostLine(RunCosts.EditSeconds, [1, 2])));
        var line = store.Add(StoredRunTests.Run([.. Records(i => 0)], seed: 2, costs: new CostLine(RunCosts.EditSeconds, [3, 2])))
            .Single(l => l.Metric == RunCosts.EditSeconds);
        Assert.Equal((2.0, 4), (line.Mean, line.N));
        Assert.Equal(2 - 3.182446 * 0.816497 / 2, line.Low, 1e-4);   // t(3) · s / √4
    }

    [Fact]
    public void Add_AnUnknownMethod_WritesNothing()
    {
        Assert.Throws<InvalidDataException>(() => new ResultsStore(folder).Add(StoredRunTests.Run([.. Records(i => 0)], method: "magic")));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void Runs_AFileUnderAnotherName_IsNamed()
    {
        var store = new ResultsStore(folder);
        store.Add(StoredRunTests.Run([.. Records(i => 0)]));
        File.Move(Path.Combine(store.RunsFolder, "ft-single-none.jsonl.gz"), Path.Combine(store.RunsFolder, "lora-single-none.jsonl.gz"));
        Assert.Contains("lora-single-none", Assert.Throws<InvalidDataException>(() => store.Runs("lora", "single", "none")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IsKept_OfARunWithEveryCell_LeavesAFewHundredLines()
    {
        string[] everywhere = [TeacherForced.TokenAccuracyId, ProbeScores.FormatValidity, ProbeScores.AnswerAccuracy, ProbeScores.Collapse, "generated/f1",
            "generated/cem"];
        string[] edited = [GroundedSuccess.Id, ProbeScores.EntityUsage, ProbeScores.Dissonance, ProbeScores.Shallow],
            hops = [ProbeScores.IntermediateEntityUsage];
        string[] Metrics(string level) => ProbeLevels.IsLocality(level) ? [.. everywhere, ProbeScores.EditIndependence]
            : [.. everywhere, .. edited, .. level.StartsWith("multi", StringComparison.Ordinal) ? hops : []];
        var records = from level in ProbeLevels.All from stratum in (string[])["none", "weak", "strong"] from modality in (string[])["visual", "textual"]
                      select new ProbeRecord("e", $"{level}/{stratum}/{modality}", level, modality, stratum, 1, "", [], "", null, null, true, null, null, 1,
                          new(Metrics(level).ToDictionary(m => m, m => 0.5), StringComparer.Ordinal));
        var lines = ResultsStore.Lines([StoredRunTests.Run([.. records])]);
        Assert.InRange(lines.Count, 200, 360);
        ResultsFile.Merge(Path.Combine(folder, "s.jsonl"), lines);
        Assert.InRange(new FileInfo(Path.Combine(folder, "s.jsonl")).Length, 1, 110_000);
        Assert.Contains(lines, l => l is { Metric: GroundedSuccess.Id, Level: "all", Stratum: "strong", Modality: "visual" });
        Assert.Contains(lines, l => l is { Metric: ProbeScores.EditIndependence, Level: "locality-image-hard", Stratum: "all", Modality: "all" });
        Assert.DoesNotContain(lines, l => l.Metric is "generated/f1" or "generated/cem");
    }

    [Fact]
    public void RunStarts_AFinishedRun_KeepsTheCommitThatItWasMadeWith()
    {
        var probes = Path.Combine(folder, EvaluationRun.ProbesFile);
        RunStarts.Note(folder, new("one", "m", 1), probes: 2);
        using (var log = RunLog<ProbeRecord>.Open(probes)) log.Append([StoredRunTests.Record("e", "p1", "", null, null, 0)]);
        RunStarts.Note(folder, new("one", "m", 1), 2);
        RunStarts.Note(folder, new("two", "m", 1), 2);   // went on with other code
        using (var log = RunLog<ProbeRecord>.Open(probes)) log.Append([StoredRunTests.Record("e", "p2", "", null, null, 0)]);
        RunStarts.Note(folder, new("three", "m", 1), 2);   // only scored
        var origin = RunStarts.Origin(folder);
        Assert.Equal(("one, two", "m"), (origin.Commit, origin.Machine));
        Assert.Equal([1], origin.Seeds);
        Assert.Contains("seed 1", Assert.Throws<InvalidDataException>(() => RunStarts.Note(folder, new("one", "m", 2), 2)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static IEnumerable<ProbeRecord> Records(Func<int, double> grounded) =>
        Enumerable.Range(0, 20).Select(i => StoredRunTests.Record($"e{i}", $"e{i}/1", "<think>t</think><answer>a</answer>", "t", "a", grounded(i)));
}
