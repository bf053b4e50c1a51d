using System.Text.Json;
using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tuning;
using Crane.Core.Model;
using Crane.Core.Tests.Editing;

namespace Crane.Core.Tests.Evaluation.Tuning;

[Collection(nameof(Torch))]
public class TuningTests
{
    private static readonly BenchmarkPictures Pictures = new();
    private static readonly Lazy<IReadOnlyList<BenchmarkEdit>> Train = new(() =>
        [.. BenchmarkFile.Shipped("train").Where(e => e.Expected is null).GroupBy(e => e.Kind).SelectMany(k => k.Take(2))
        .Select(e => e with { Probes = [.. e.Probes.Where(p => p.EditIds.Length == 1)] })]);   // partners are other edits of the file
    private static readonly EditingMethod Method = new("ft", FineTuningConfig.NanoDownProjection,
        [FineTuningConfig.NanoDownProjection with { NumSteps = 1 }, FineTuningConfig.NanoDownProjection with { NumSteps = 30, Lr = 5e-3 }], (parts, c) =>
            new FineTuning(parts.Model, (FineTuningConfig)c));

    private static TuningTrial Trial(int steps, double score, double success) =>
        new(TuningRecord.Json(new FineTuningConfig { NumSteps = steps }), score, score, score, score, success, 1, 0, 1);

    private static TuningRecord Record(params TuningTrial[] trials) =>
        new("ft", TuningRecord.HarmonicMean, ["dev-1"], 1, new string('0', 64), "c", "m", trials);

    [Fact]
    public void Chosen_IsTheBestScore_AndGroundedSuccessBreaksTiesOnly()
    {
        Assert.Null(Record().Chosen);
        Assert.Equal(0.9, Record(Trial(1, 0.5, 1), Trial(2, 0.9, 0)).Chosen!.Score);               // no tie: success does not count
        Assert.Equal(0.89, Record(Trial(1, 0.89, 0.2), Trial(2, 0.9, 0.1)).Chosen!.Score);         // a tie: it does
        Assert.Equal(0.9, Record(Trial(1, 0.89, 0), Trial(2, 0.9, 0)).Chosen!.Score);
    }

    [Fact]
    public void Record_WrittenAndRead_IsTheSame()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "ft.json");
        var record = Record(Trial(3, 0.5, 0.25));
        record.Write(file);
        var read = TuningRecord.Read(file);
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(record), JsonSerializer.SerializeToElement(read)));
        Assert.NotNull(read.Of(new FineTuningConfig { NumSteps = 3 }));
        Assert.Null(read.Of(new FineTuningConfig { NumSteps = 4 }));
        File.WriteAllText(file, "{}");
        Assert.Contains("not the record of a search", Assert.Throws<InvalidDataException>(() => TuningRecord.Read(file)).Message);
    }

    [Fact]
    public void Run_Stopped_GoesOnAndLeavesTheModel()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "ft.json");
        using var model = Edits.Load();
        var before = WeightHash.Of(model.Model);
        using var parts = new MethodParts(model, Edits.Checkpoint, Path.GetDirectoryName(file)!, Train.Value, Pictures);
        var cases = TuningSearch.Choose(BenchmarkFile.Shipped("dev"), 1, seed: 1, Pictures);
        Assert.Equal(4, cases.Count);
        var search = new TuningSearch(parts, cases, 1, "c", "m");
        using (var stop = new CancellationTokenSource())
            Assert.Throws<OperationCanceledException>(() => search.Run(Method, file, new Immediate<ProgressUpdate>(_ => stop.Cancel()), stop.Token));
        var first = Assert.Single(TuningRecord.Read(file).Trials);
        var record = search.Run(Method, file);
        Assert.Equal(2, record.Trials.Count);
        Assert.Equal(first.Score, record.Trials[0].Score);
        Assert.Equal(first.Seconds, record.Trials[0].Seconds);                                     // not tried again
        Assert.True(record.Trials[1].Reliability > record.Trials[0].Reliability);
        Assert.True(record.Trials[1].Locality < record.Trials[0].Locality);
        Assert.All(record.Trials, t => Assert.InRange(t.Score, 0, Math.Max(t.Reliability, Math.Max(t.Generality, t.Locality))));
        Assert.Equal(before, WeightHash.Of(model.Model));
        var other = new TuningSearch(parts, [.. cases.Skip(1)], 1, "c", "m");
        Assert.Contains("Move it away", Assert.Throws<InvalidDataException>(() => other.Run(Method, file)).Message);
    }

    [Fact]
    public void TrainedNetworks_AreReadFromTheirFiles_WhileNothingChanges()
    {
        var cache = Directory.CreateTempSubdirectory().FullName;
        using var model = Edits.Load();
        using var parts = new MethodParts(model, Edits.Checkpoint, cache, Train.Value, Pictures);
        Assert.True(parts.Examples.Count > 2 && parts.Corpus.Count > 10 && parts.Demonstrations.Count > 4);
        string State(MendNetwork network) => WeightHash.Of(network.State);
        var config = MendConfig.Nano with { MaxIters = 2, Rank = 4 };
        var trained = State(parts.Mend(config));
        var file = Assert.Single(Directory.GetFiles(cache));
        var written = File.GetLastWriteTimeUtc(file);
        Assert.Equal(trained, State(parts.Mend(config)));
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        Assert.NotEqual(trained, State(parts.Mend(config with { Seed = 5 })));                     // another file
        var serac = SeracConfig.Nano with { MaxIters = 2, ScopeDim = 4 };
        using var first = parts.Serac(serac);
        using var second = parts.Serac(serac with { Threshold = 0.9 });                            // the threshold is not trained
        Assert.Equal(4, Directory.GetFiles(cache).Length);
        foreach (var question in (Question[])[Edits.Visual.Question, Edits.Textual.Question])
        {
            first.Apply(Edits.Visual);
            second.Apply(Edits.Visual);
            Assert.Equal(first.Scope(question)!.Value.Chance, second.Scope(question)!.Value.Chance);
            first.RevokeAll();
            second.RevokeAll();
        }
    }

    [Fact]
    public void QuestionVectors_TheSameQuestion_IsNearest()
    {
        using var model = Edits.Load();
        var vectors = new QuestionVectors(model, Edits.Corpus);
        Assert.Equal(1, vectors.Similarity(Edits.Visual.Question, Edits.Visual.Question), 1e-5);
        Assert.True(vectors.Similarity(Edits.Visual.Question, Edits.Textual.Question) < 0.9);
        Assert.Equal(vectors.Similarity(Edits.Visual.Question, Edits.Corpus[0]), vectors.Similarity(Edits.Corpus[0], Edits.Visual.Question), 1e-9);
    }

    [Fact]
    public void Methods_ById_WithAndWithoutChain()
    {
        Assert.Equal(EditingMethods.All.Count, EditingMethods.All.Select(m => m.Id).Distinct().Count());
        var chain = EditingMethods.Named("lora-chain");
        Assert.Equal(TargetForm.Chain, ((LoraEditingConfig)chain.Settings).TargetForm);
        Assert.Equal(TargetForm.Answer, ((LoraEditingConfig)EditingMethods.Named("lora").Settings).TargetForm);
        Assert.Contains("there are ft, ", Assert.Throws<ArgumentException>(() => EditingMethods.Named("magic")).Message);
        Assert.Contains("works through the prompt", Assert.Throws<InvalidOperationException>(() => EditingMethods.Named("rag-chain")).Message);
        Assert.All(EditingMethods.All, m => Assert.Contains(m.Id, ResultsFile.Methods));
        using var model = Edits.Load();
        Assert.NotEqual(chain.RunName(model), (chain with { Settings = new LoraEditingConfig() }).RunName(model));
    }
}
