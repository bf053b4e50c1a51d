using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

[Collection(nameof(Torch))]
public class GrpoTrainerTests
{
    private static readonly GrpoConfig Config = new()
    {
        PerDeviceTrainBatchSize = 4, NumGenerations = 4, GradientAccumulationSteps = 2, MaxCompletionLength = 6, MaxSteps = 3, LearningRate = 1e-3, LoggingSteps = 1, GradientCheckpointing = false,
    };

    [Fact]
    public void Run_PicturesAndWords_LearnsWhatIsRewarded()
    {
        using var small = SmallNano.Load();
        var reward = RewardFunction.Each("even", rollout => rollout.Ids.Count(id => id % 2 == 0) / (double)rollout.Ids.Length);
        var trainer = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward], Config with { MaxSteps = 30, LearningRate = 2e-2, PerDeviceTrainBatchSize = 8, GradientAccumulationSteps = 1 });
        var before = WeightHash.Of(small.Model);
        var lines = trainer.Run();
        Assert.NotEqual(before, WeightHash.Of(small.Model));
        var (first, last) = (lines.Take(5).Average(line => line["reward"]), lines.TakeLast(5).Average(line => line["reward"]));
        Assert.True(last > first + 0.1, $"The reward went from {first:f3} to {last:f3}.");
    }

    [Fact]
    public void Run_ManySteps_KeepsNoTensors()
    {
        using var small = SmallNano.Load();
        var counts = new List<long>();
        var reward = RewardFunction.Each("length", rollout => rollout.Ids[0] % 7);
        new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward], Config with { MaxSteps = 6, Beta = 0.1 }) { Watch = new(AfterUpdate: _ => counts.Add(Close.LiveTensors())) }.Run();
        Assert.Equal(counts[1], counts[^1]);
    }
}

/// <summary>A model of the nano shape, smaller still, with random weights, and a few questions with and without pictures.</summary>
internal static class SmallNano
{
    public static VisionLanguageModel Load(int seed = 3)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json", "preprocessor_config.json", "generation_config.json" }) File.Copy(DataFolder.Of("nano", file), Path.Combine(folder, file));
        var config = QwenVlConfig.Load(DataFolder.Of("nano"));
        manual_seed(seed);
        using (var model = new QwenVl(config with { Text = config.Text with { HiddenSize = 32, IntermediateSize = 40, NumHiddenLayers = 2, NumAttentionHeads = 2, NumKeyValueHeads = 1 }, Vision = config.Vision with { OutHiddenSize = 32 } })) Checkpoint.Save(model, folder);
        try { return VisionLanguageModel.Load(folder); }
        finally { Directory.Delete(folder, recursive: true); }
    }

    public static GrpoPrompt[] Prompts() => [.. Enumerable.Range(0, 8).Select(i => new GrpoPrompt(new(string.Concat(Enumerable.Repeat("Whose flag is this? ", 1 + i % 3)), i % 2 == 0 ? Plain((byte)(i * 30)) : null), i))];

    private static Picture Plain(byte level) => new(64, 48, [.. Enumerable.Repeat(level, 64 * 48 * 3)]);
}
