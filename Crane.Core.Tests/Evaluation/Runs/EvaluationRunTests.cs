using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;

namespace Crane.Core.Tests.Evaluation.Runs;

[Collection(nameof(Torch))]
public sealed class EvaluationRunTests : IDisposable
{
    private static readonly VisionLanguageModel Nano = VisionLanguageModel.Load(DataFolder.Of("nano"));
    private static readonly IReadOnlyList<EditCase> Cases = Few();
    private readonly string root = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Run_CancelledAndCutInTheMiddleOfALine_GoesOnToTheSameBytes()
    {
        var whole = Run("whole", Method.Of("rag", new NoteInPrompt()));
        using var stop = new CancellationTokenSource();
        var halfway = new Reports(update => { if (update.Done > Cases[0].Probes.Count) stop.Cancel(); });
        Assert.ThrowsAny<OperationCanceledException>(() =>
            EvaluationRun.Run(Nano, Method.Of("rag", new NoteInPrompt()), Cases, Config, Folder("broken"), progress: halfway, cancellationToken: stop.Token));
        var file = Path.Combine(Folder("broken"), EvaluationRun.ProbesFile);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^7]);
        Run("broken", Method.Of("rag", new NoteInPrompt()));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder("whole"), EvaluationRun.ProbesFile)), File.ReadAllBytes(file));
        Assert.Equal(Cases.SelectMany(c => c.Probes).Select(p => p.Id), whole.Select(r => r.Probe));
    }

    [Fact]
    public void Run_AnotherBatchSize_SaysTheSame()
    {
        var one = EvaluationRun.Run(Nano, Method.Base, Cases, Config with { BatchSize = 1 }, Folder("one"));
        Assert.Equal(Run("many", Method.Base).Select(r => (r.Probe, r.Output)), one.Select(r => (r.Probe, r.Output)));
    }

    [Fact]
    public void Run_FineTuning_ReportsFullTeacherForcingAndNoGroundedSuccessAndUndoesIt()
    {
        var hash = WeightHash.Of(Nano.Model);
        var baseline = Run("base", Method.Base);
        using var editor = new FineTuning(Nano);
        var records = EvaluationRun.Run(Nano, Method.Of("ft", editor), Cases, Config, Folder("ft"), baseline);
        var exact = records.Where(r => r.Level == ProbeLevels.Exact).ToList();
        Assert.All(exact, r => Assert.Equal((1, 0), ((int)r.Metrics[TeacherForced.TokenAccuracyId], (int)r.Metrics[GroundedSuccess.Id])));
        Assert.All(exact, r => Assert.Equal(1, r.Metrics[ProbeScores.Collapse]));
        Assert.All(records.Where(r => ProbeLevels.IsLocality(r.Level)), r =>
            Assert.Contains(ProbeScores.EditIndependence, (IDictionary<string, double>)r.Metrics));
        Assert.Equal(hash, WeightHash.Of(Nano.Model));
    }

    [Fact]
    public void Run_OnAFolderOfOtherProbes_IsRefused()
    {
        Run("base", Method.Base);
        var error = Assert.Throws<InvalidDataException>(() => EvaluationRun.Run(Nano, Method.Base, [.. Cases.Reverse()], Config, Folder("base")));
        Assert.Contains(Cases[0].Probes[0].Id, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AComposition_BringsItsPartnerAlong()
    {
        var all = BenchmarkFile.Shipped("test");
        var composed = all.First(edit => edit.Probes.Any(p => p.Level == ProbeLevels.Composition));
        var prepared = BenchmarkCases.Of([composed], all, new(), _ => Strata.Strong).Single();
        var probe = prepared.Probes.First(p => p.Level == ProbeLevels.Composition);
        Assert.Equal(probe.Partners, prepared.Partners.Where(p => probe.Partners.Contains(p.Id)).Select(p => p.Id));
        Assert.NotEmpty(probe.Partners);
        Assert.Throws<InvalidDataException>(() => BenchmarkCases.Of([composed], [composed], new(), _ => Strata.Strong));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static RunConfig Config { get; } = new() { BatchSize = 8 };

    private string Folder(string name) => Path.Combine(root, name);

    private IReadOnlyList<ProbeRecord> Run(string folder, Method method) => EvaluationRun.Run(Nano, method, Cases, Config, Folder(folder));

    /// <summary>Two visual edits of known flags and a textual one, each with a few probes of every sort.</summary>
    private static IReadOnlyList<EditCase> Few()
    {
        var all = BenchmarkFile.Shipped("test");
        var chosen = all.Where(e => e is { Kind: "flag", Expected: null }).Take(2).Append(all.First(e => e is { Kind: "attribute", Expected: null }));
        return [.. BenchmarkCases.Of(chosen, all, new(), _ => Strata.Strong).Select(c => c with { Probes = [.. c.Probes.DistinctBy(p => p.Level)] })];
    }

    private sealed class Reports(Action<ProgressUpdate> act) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value) => act(value);
    }
}
