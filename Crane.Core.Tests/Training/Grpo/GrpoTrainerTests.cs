using Crane.Core.Model;
using Crane.Core.Model.Adapters;
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
        PerDeviceTrainBatchSize = 4, NumGenerations = 4, GradientAccumulationSteps = 2, MaxCompletionLength = 6, MaxSteps = 3, LearningRate = 1e-3,
            LoggingSteps = 1, GradientCheckpointing = false,
    };

    [Fact]
    public void Run_PicturesAndWords_LearnsWhatIsRewarded()
    {
        using var small = SmallNano.Load();
        var reward = RewardFunction.Each("even", rollout => rollout.Ids.Count(id => id % 2 == 0) / (double)rollout.Ids.Length);
        var trainer = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward],
            Config with { MaxSteps = 30, LearningRate = 2e-2, PerDeviceTrainBatchSize = 8, GradientAccumulationSteps = 1 });
        var before = WeightHash.Of(small.Model);
        var lines = trainer.Run();
        Assert.NotEqual(before, WeightHash.Of(small.Model));
        var (first, last) = (lines.Take(5).Average(line => line["reward"]), lines.TakeLast(5).Average(line => line["reward"]));
        Assert.True(last > first + 0.1, $"The reward went from {first:f3} to {last:f3}.");
    }

    [Fact]
    public void Run_SeveralRewardsSomeNotApplicable_AddsTheWeightedOnesThatApply()
    {
        using var small = SmallNano.Load();
        var folder = Directory.CreateTempSubdirectory().FullName;
        RewardFunction[] rewards = [RewardFunction.Each("first", r => r.Ids[0] % 5),
            RewardFunction.Each("seen", r => r.Prompt.Question.Picture is null ? null : r.Ids[^1] % 3)];
        var lines = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), rewards, Config with { RewardWeights = [2, -0.5] }).Run(folder);
        var records = RolloutLog.Read(Path.Combine(folder, "rollouts.jsonl")).ToList();
        Assert.Equal(3 * 2 * 4, records.Count);
        Assert.Contains(records, r => r.Rewards["seen"] is null);
        Assert.Contains(records, r => r.Rewards["seen"] is not null);
        Assert.All(records, r => Assert.Equal(2 * r.Rewards["first"]!.Value - 0.5 * (r.Rewards["seen"] ?? 0), r.Reward!.Value, 1e-6));
        Assert.All(records.Chunk(4), group => Assert.Single(group.Select(r => r.Prompt).Distinct()));
        foreach (var (step, line) in records.GroupBy(r => r.Step).Zip(lines))
        {
            Assert.Equal(step.Average(r => r.Reward!.Value), line["reward"], 1e-5);
            if (step.Any(r => r.Rewards["seen"] is not null)) Assert.Equal(step.Average(r => r.Rewards["seen"])!.Value, line["rewards/seen/mean"], 1e-5);
        }
    }

    [Fact]
    public void Accumulate_GroupWithoutSpread_CostsNoGradientAndCountsInTheDivisor()
    {
        using var scope = NewDisposeScope();
        using var small = SmallNano.Load();
        var codec = new ChatCodec(small);
        var prompts = SmallNano.Prompts().Select(p => codec.Encode(p.Question)).ToArray();
        ScoredRow[] taught = [.. Enumerable.Range(0, 4).Select(i => new ScoredRow(0, [40 + i, 50, 60], i - 1.5f, true))];
        ScoredRow[] flat = [.. Enumerable.Range(0, 4).Select(i => new ScoredRow(1, [70 + i, 51], 0, true))];
        var config = (Config with { PerDeviceTrainBatchSize = 8 }).Checked();
        var learnt = small.Model.parameters().ToArray();
        (long Tokens, double Loss, Tensor[] Gradients) Of(ScoredRow[] rows)
        {
            var update = new PolicyUpdate(small.Model, learnt, config, 0);
            update.Begin();
            var loss = update.Accumulate(rows, prompt => prompts[prompt], new(20), new EntropyBonus(0), new TrainingLog());
            return (update.TokensTrained, loss, [.. learnt.Select(p => p.grad is null ? zeros_like(p) : p.grad.clone())]);
        }
        var (alone, both) = (Of(taught), Of([.. taught, .. flat]));
        Assert.Equal(4 * (prompts[0].Ids.Length + 3), both.Tokens);    // of eight rows four were read with a gradient
        Assert.Equal(alone.Tokens, both.Tokens);
        Assert.Equal(alone.Loss, both.Loss, 1e-6);
        foreach (var (a, b) in alone.Gradients.Zip(both.Gradients)) Close.Assert("gradient", a, b, 1e-6);
        Assert.Contains(both.Gradients, gradient => gradient.abs().max().item<float>() > 1e-4);
    }

    [Fact]
    public void Run_TheSamePromptAgain_IsAnsweredByOtherDraws()
    {
        using var small = SmallNano.Load();
        var folder = Directory.CreateTempSubdirectory().FullName;
        new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts()[..1], [RewardFunction.Each("first", r => r.Ids[0] % 7)],
            Config with { GradientAccumulationSteps = 1, MaxSteps = 2, LearningRate = 0 }).Run(folder);
        var steps = RolloutLog.Read(Path.Combine(folder, "rollouts.jsonl")).GroupBy(r => r.Step).Select(step => step.Select(r => r.Completion).ToArray())
            .ToList();
        Assert.Equal(2, steps.Count);
        Assert.All(steps, completions => Assert.Equal(4, completions.Distinct().Count()));   // four draws, not one four times
        Assert.NotEqual(steps[0], steps[1]);
    }

    [Fact]
    public void Run_GroupsWithoutSpread_AreCounted()
    {
        using var small = SmallNano.Load();
        var reward = new RewardFunction("half", rollouts => [.. rollouts.Select((r, i) => i < 4 ? 2.6 : (double?)(r.Ids[0] % 7 + i))]);
        var lines = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward],
            Config with { PerDeviceTrainBatchSize = 8, GradientAccumulationSteps = 1 }).Run();
        Assert.All(lines, line => Assert.Equal(0.5, line["frac_reward_zero_std"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_GradientCheckpointing_IsTheSameButForRounding(bool adapted)
    {
        LogLine Of(bool checkpointing)
        {
            using var small = SmallNano.Load();
            using var peft = adapted ? new PeftModel(small.Model) : null;
            peft?.AddAdapter(new LoraConfig { R = 4, LoraAlpha = 8, TargetModules = "all-linear" }, seed: 1);
            var reward = RewardFunction.Each("length", rollout => rollout.Ids[0] % 7);
            var config = Config with { GradientCheckpointing = checkpointing, Beta = 0.1, MaxSteps = 2 };
            var lines = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward], config) { Adapter = peft }.Run();
            Assert.False(small.Model.Decoder.GradientCheckpointing);   // as it was before
            return lines[1];   // of weights that one step has moved
        }
        var (kept, computedAgain) = (Of(false), Of(true));
        Assert.True(kept["grad_norm"] > 1e-3 && kept["kl"] > 0);
        foreach (var name in (string[])["loss", "grad_norm", "entropy", "kl", "reward"])
            Assert.True(Math.Abs(kept[name] - computedAgain[name]) <= 1e-6 + 1e-4 * Math.Abs(kept[name]),
                $"{name}: {kept[name]:r} and {computedAgain[name]:r}");
    }

    [Fact]
    public void Run_Reference_IsTheGivenModelOrTheFirstWeights()
    {
        var config = Config with { Beta = 5, MaxSteps = 4, LearningRate = 1e-2 };
        string Of(VisionLanguageModel? reference)
        {
            using var small = SmallNano.Load();
            var reward = RewardFunction.Each("first", rollout => rollout.Ids[0] % 7);
            new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward], config) { Reference = reference?.Model }.Run();
            return WeightHash.Of(small.Model);
        }
        using var same = SmallNano.Load();
        using var other = SmallNano.Load(seed: 8);
        Assert.Equal(Of(null), Of(same));
        Assert.NotEqual(Of(null), Of(other));
    }

    [Fact]
    public void Run_ManySteps_KeepsNoTensors()
    {
        using var small = SmallNano.Load();
        var counts = new List<long>();
        var reward = RewardFunction.Each("length", rollout => rollout.Ids[0] % 7);
        new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward],
            Config with { MaxSteps = 6, Beta = 0.1 }) { Watch = new(AfterUpdate: _ => counts.Add(Close.LiveTensors())) }.Run();
        Assert.Equal(counts[1], counts[^1]);
    }
}

/// <summary>A model of the nano shape, smaller still, with random weights, and a few questions with and without pictures.</summary>
internal static class SmallNano
{
    public static VisionLanguageModel Load(int seed = 3)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json", "preprocessor_config.json",
            "generation_config.json" }) File.Copy(DataFolder.Of("nano", file), Path.Combine(folder, file));
        var config = QwenVlConfig.Load(DataFolder.Of("nano"));
        manual_seed(seed);
        using (var model = new QwenVl(config with { Text = config.Text with { HiddenSize = 32, IntermediateSize = 40, NumHiddenLayers = 2,
            NumAttentionHeads = 2, NumKeyValueHeads = 1 }, Vision = config.Vision with { OutHiddenSize = 32 } })) Checkpoint.Save(model, folder);
        try { return VisionLanguageModel.Load(folder); }
        finally { Directory.Delete(folder, recursive: true); }
    }

    public static GrpoPrompt[] Prompts() => [.. Enumerable.Range(0, 8)
        .Select(i => new GrpoPrompt(new(string.Concat(Enumerable.Repeat("Whose flag is this? ", 1 + i % 3)), i % 2 == 0 ? Plain((byte)(i * 30)) : null), i))];

    private static Picture Plain(byte level) => new(64, 48, [.. Enumerable.Repeat(level, 64 * 48 * 3)]);
}
