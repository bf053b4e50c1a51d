using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Training.Lab;
using Crane.Core.Training.Rewards;

namespace Crane.Core.Tests.Training.Lab;

[Collection(nameof(Torch))]
public sealed class RewardLabTests : IDisposable
{
    private static readonly LabSettings Settings = new() { Steps = 2, Questions = 2, Answers = 2, Seed = 3 };

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private RewardLab Lab(LabSettings settings) => new(DataFolder.Of("nano"), Worlds.Nano, settings, folder);

    [Fact]
    public void Train_StoppedAndCalledAgain_IsTheRunThatWasNotStopped()
    {
        var variant = new RewardVariant("../wild: name?", CognitiveRoutingReward.Default);
        using var stop = new CancellationTokenSource();
        using (var part = Lab(Settings).Train(variant, progress: new Immediate<ProgressUpdate>(_ => stop.Cancel()), cancellationToken: stop.Token).Model) { }
        using var model = Lab(Settings).Train(variant).Model;
        var again = Lab(Settings).Train(variant);
        using var read = again.Model;
        var whole = Lab(Settings).Train(variant, fresh: true);
        using var fresh = whole.Model;
        Assert.Equal(WeightHash.Of(fresh.Model), WeightHash.Of(model.Model));
        Assert.Equal(WeightHash.Of(fresh.Model), WeightHash.Of(read.Model));
        Assert.Equal(2, again.Log.Count);
        Assert.Equal(whole.Rollouts.Select(r => (r.Step, r.Completion, r.Reward)), again.Rollouts.Select(r => (r.Step, r.Completion, r.Reward)));
        Assert.Equal(8, again.Rollouts.Count);
        Assert.Equal(folder, Path.GetDirectoryName(Assert.Single(Directory.GetDirectories(folder))));   // whatever the name
        Assert.Equal(2, again.Judged(variant).Length);
    }

    [Fact]
    public void Train_ABrokenReward_IsNamed()
    {
        RewardVariant With(RewardPart part) => new("mine", new([new RewardTerm("mine", 1, part)]));
        string Message(RewardPart part) => Assert.Throws<InvalidOperationException>(() => Lab(Settings).Train(With(part))).Message;
        Assert.Contains("Reward 'mine' threw NullReferenceException", Message((_, read) => ((string?)null)!.Length));
        Assert.Contains("'mine' gave NaN", Message((_, _) => double.NaN));
        Assert.Contains("'mine' gave 2", Message((_, _) => 2));
    }

    [Fact]
    public void Conclude_OfATraining_IsReadBackFromTheFile()
    {
        using var nano = VisionLanguageModel.Load(DataFolder.Of("nano"));
        using var start = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var set = BenchmarkSet.Shipped("dev").First(2);
        var training = Lab(Settings).Train(RewardVariant.Shipped[1]);
        using var model = training.Model;
        var scoring = new LabScoring(nano, start, set, set.Cases(), Path.Combine(folder, "scores"));
        var run = scoring.Conclude(training, Settings, "dev", folder);
        Assert.Equal(0, run.Weights["route"]);
        Assert.All(run.Curves.Values, curve => Assert.Equal(Settings.Steps, curve.Length));
        Assert.All(run.Scores, score => Assert.True(score.Low <= score.Mean && score.Mean <= score.High && score.DifferenceLow <= score.Difference
            && score.Difference <= score.DifferenceHigh));
        Assert.All(scoring.Of(start), score => Assert.Equal(0, score.Difference));
        Assert.Contains("no curve 'rout'", Assert.Throws<ArgumentException>(() => run.Curve("rout")).Message);
        Assert.Contains("no generated/x under retrieval gold", Assert.Throws<ArgumentException>(() => run.Score("gold", "generated/x")).Message);

        var file = Path.Combine(folder, "results", "lab.jsonl");
        LabFile.Put(file, run);
        LabFile.Put(file, run with { Variant = "other" });
        LabFile.Put(file, run with { TrainSeconds = 7 });
        var read = LabFile.Read(file);
        Assert.Equal([run.Variant, "other"], read.Select(r => r.Variant));
        Assert.Equal(7, read[0].TrainSeconds);
        Assert.Equal(run.Scores, read[0].Scores);
        Assert.Equal(run.Curve("tokens"), read[0].Curve("tokens"));
        Assert.Equal(run.Settings, read[0].Settings);
        File.AppendAllText(file, "{\"variant\":\"x\"}\n");
        Assert.Contains("line 3", Assert.Throws<InvalidDataException>(() => LabFile.Put(file, run)).Message);
        Assert.Equal(3, File.ReadAllLines(file).Length);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
