using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Text;
using Crane.Core.Training;
using Crane.Core.Training.Pretraining;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training;

[Collection(nameof(Torch))]
public class PretrainerTests
{
    private static readonly NanoWorld World = NanoWorld.Load();
    private static readonly Stage[] Stages =
    [
        new("drills", 3, new Dictionary<string, double> { [Curriculum.Recall] = 1, [Curriculum.Bind] = 1 }),
        new("world", 6, new Dictionary<string, double> { ["flag"] = 1, ["fact/relevant"] = 1, ["landmark/contradicting"] = 1 }) { Falls = true,
            Phrasings = PhrasingSet.Wide },
    ];

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public void Run_StoppedAndResumed_EqualsTheUnbrokenRunBitForBit(int stopAfter)
    {
        var (whole, wholeHistory) = Run(Directory.CreateTempSubdirectory().FullName, stopAfter: null);
        var folder = Directory.CreateTempSubdirectory().FullName;
        Run(folder, stopAfter);
        var (resumed, resumedHistory) = Run(folder, stopAfter: null);
        Assert.Equal(whole, resumed);
        Assert.Equal(wholeHistory.Select(h => h with { StepTime = 0 }), resumedHistory.Select(h => h with { StepTime = 0 }));
    }

    [Fact]
    public void Run_AnotherSeed_GivesOtherWeights() =>
        Assert.NotEqual(Run(Directory.CreateTempSubdirectory().FullName, null).Hash, Run(Directory.CreateTempSubdirectory().FullName, null, seed: 2).Hash);

    [Fact]
    public void Run_ManySteps_KeepsNoTensors()
    {
        var counts = new List<long>();
        Run(Directory.CreateTempSubdirectory().FullName, null, watch: _ => counts.Add(Tensor.TotalCount));
        Assert.Equal(counts[4], counts[^1]);
    }

    [Fact]
    public void Restore_CheckpointOfAnotherModel_SaysSo()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        Run(folder, stopAfter: 2);
        using var other = new QwenVl(Small() with { Text = Small().Text with { IntermediateSize = 24 } });
        using var optimizer = new AdamW(other.named_parameters(), new());
        Assert.Contains("belongs to another run", Assert.Throws<InvalidDataException>(() => new TrainingFolder(folder).Restore(other, optimizer)).Message);
    }

    [Fact]
    public void Save_CutOffWhileWriting_KeepsThePreviousCheckpoint()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        Run(folder, stopAfter: 2);
        // What a crash leaves: a newer folder that is not whole, and no pointer to it.
        Directory.CreateDirectory(Path.Combine(folder, "step-000009"));
        File.WriteAllText(Path.Combine(folder, "step-000009", "model.safetensors.tmp"), "half");
        Assert.Equal(9, Run(folder, stopAfter: null).History.Count);
    }

    private static (string Hash, IReadOnlyList<StepRecord> History) Run(string folder, int? stopAfter, int seed = 1, Action<ProgressUpdate>? watch = null)
    {
        var tokenizer = QwenTokenizer.Load(DataFolder.Of("nano"));
        var encoder = new RowEncoder(tokenizer, new PromptEncoder(tokenizer, new ImageProcessor(ImageProcessorConfig.Load(DataFolder.Of("nano")))));
        var stream = new LessonStream(encoder, Curriculum.Lessons(World), Stages, batchSize: 4, seed);
        manual_seed(seed);
        using var model = new QwenVl(Small());
        using var stop = new CancellationTokenSource();
        var progress = new Immediate(update =>
        {
            watch?.Invoke(update);
            if (update.Done == stopAfter) stop.Cancel();
        });
        var history = Pretrainer.Run(model, encoder, stream, new() { Seed = seed, WarmupSteps = 2, SaveSteps = 100 }, new TrainingFolder(folder), progress,
            stop.Token);
        return (WeightHash.Of(model), history);
    }

    private static QwenVlConfig Small()
    {
        var config = QwenVlConfig.Load(DataFolder.Of("nano"));
        return config with
        {
            Text = config.Text with { HiddenSize = 32, IntermediateSize = 40, NumHiddenLayers = 2, NumAttentionHeads = 2, NumKeyValueHeads = 1 },
            Vision = config.Vision with { HiddenSize = 24, IntermediateSize = 32, Depth = 2, OutHiddenSize = 32 },
        };
    }

    private sealed class Immediate(Action<ProgressUpdate> action) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value) => action(value);
    }
}
