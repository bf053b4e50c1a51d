using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Tests.Training.Grpo;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Sft;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Sft;

[Collection(nameof(Torch))]
public class SftTrainerTests
{
    private static readonly SftConfig Config = new() { PerDeviceTrainBatchSize = 4, MaxSteps = 12, LearningRate = 1e-2, LoggingSteps = 1, MaxLength = null,
        GradientCheckpointing = false };

    [Fact]
    public void Accumulate_PaddedAndPaddingFree_GiveTheSameLossAndGradients()
    {
        using var scope = NewDisposeScope();
        using var small = SmallNano.Load();
        TrainingRow[][] rows = [.. Rows(small).Select(row => (TrainingRow[])[row])];
        var (padded, expected) = Once(small, rows, Config);
        var (free, found) = Once(small, rows, Config with { PaddingFree = true });
        Assert.Equal(padded.Loss, free.Loss, 1e-5);
        Assert.Equal(padded.Entropy, free.Entropy, 1e-5);
        foreach (var (name, gradient) in expected) Close.Assert(name, gradient, found[name], 2e-5);
        Assert.Contains(expected.Keys, name => name.StartsWith("visual.", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_PicturesAndWords_LearnsThemAndKeepsNoTensors()
    {
        using var small = SmallNano.Load();
        var counts = new List<long>();
        var lines = new SftTrainer(small.Model, Rows(small), Config, 0).Run(progress: new Immediate<ProgressUpdate>(_ => counts.Add(Close.LiveTensors())));
        Assert.True(lines[^1]["loss"] < lines[0]["loss"] - 1, $"The loss went from {lines[0]["loss"]:f3} to {lines[^1]["loss"]:f3}.");
        Assert.Equal(counts[2], counts[^1]);
    }

    /// <summary>The same rows in other micro batches add up to the same step, with less padding.</summary>
    [Fact]
    public void Run_RowsSortedInTheStep_LearnsTheSame()
    {
        IReadOnlyList<LogLine> Run(bool sort)
        {
            using var small = SmallNano.Load();
            return new SftTrainer(small.Model, Rows(small),
                Config with { PerDeviceTrainBatchSize = 2, GradientAccumulationSteps = 2, MaxSteps = 3, LearningRate = 1e-3, SortInStep = sort }, 0).Run();
        }
        foreach (var (random, sorted) in Run(false).Zip(Run(true)))
        {
            Assert.Equal(random["loss"], sorted["loss"], 1e-3);
            Assert.Equal(random["num_tokens"], sorted["num_tokens"]);
        }
    }

    [Fact]
    public void Run_RowsMadeWhenAskedFor_EndsWithTheBitsOfHeldRows()
    {
        using var tokens = SmallNano.Load();
        var (held, asked) = (Rows(tokens), new List<int>());
        var made = new MadeRows(held.Length, i =>
        {
            asked.Add(i);
            return held[i] with { Ids = [.. held[i].Ids], Labels = [.. held[i].Labels] };
        });
        var broken = Directory.CreateTempSubdirectory().FullName;
        string Train(IReadOnlyList<TrainingRow> rows, string? folder, int? stopAfter = null)
        {
            using var small = SmallNano.Load();
            using var stop = new CancellationTokenSource();
            new SftTrainer(small.Model, rows, Config with { PerDeviceTrainBatchSize = 2, GradientAccumulationSteps = 2, MaxSteps = 4, SortInStep = true }, 0)
                .Run(folder, new Immediate<ProgressUpdate>(update => { if (update.Done == stopAfter) stop.Cancel(); }), cancellationToken: stop.Token);
            return WeightHash.Of(small.Model);
        }
        var expected = Train(held, null);
        Assert.Equal(expected, Train(made, null));
        Assert.Equal([0, 1, 2, 3, 4, 5], asked.Take(6));                                                           // the pass before the first step
        Assert.All(asked.Skip(6).Chunk(6), epoch => Assert.Equal([0, 1, 2, 3, 4, 5], epoch.Order()));              // then once where a step reads it
        Assert.Equal(3 * 6, asked.Count);
        Train(held, broken, stopAfter: 3);
        Assert.Equal(expected, Train(made, broken));   // their hash is the same, or the run would be refused
        Directory.Delete(broken, recursive: true);
    }

    [Fact]
    public void Run_Adapter_LearnsAndLeavesTheBase()
    {
        using var small = SmallNano.Load();
        var before = WeightHash.Of(small.Model);
        using var peft = new PeftModel(small.Model);
        peft.AddAdapter(new LoraConfig { R = 8, LoraAlpha = 16, TargetModules = "all-linear" });
        var lines = new SftTrainer(small.Model, Rows(small), Config with { LearningRate = 2e-2 }, 0) { Adapter = peft }.Run();
        Assert.True(lines[^1]["loss"] < lines[0]["loss"] - 0.2, $"The loss went from {lines[0]["loss"]:f3} to {lines[^1]["loss"]:f3}.");
        Assert.Equal(before, WeightHash.Of(small.Model));
    }

    [Fact]
    public void Prepare_RowsWithoutLabelsOrTooLong_AreLeftOutOrRefused()
    {
        TrainingRow silent = new([1, 2, 3], [-100, -100, -100], null), spoken = new([1, 2, 3, 4], [-100, -100, 3, 4], null);
        Assert.Equal(spoken, Assert.Single(Assert.Single(SftData.Prepare([silent, spoken], Config))));
        Assert.Equal([3, 4], Assert.Single(SftData.Prepare([spoken], Config with { MaxLength = 2, TruncationMode = "keep_end" }))[0].Ids);
        Assert.Contains("None of the 1 rows has a label within max_length (2)",
            Assert.Throws<ArgumentException>(() => SftData.Prepare([spoken], Config with { MaxLength = 2 })).Message);
        using var small = SmallNano.Load();
        var seen = Rows(small).First(row => row.Picture is not null);
        Assert.Contains("inside the picture", Assert.Throws<ArgumentException>(() => SftData.Prepare([seen], Config with { MaxLength = 5 })).Message);
        Assert.Contains("Choose 'bfd'",
            Assert.Throws<ArgumentException>(() =>
            SftData.Prepare([seen], Config with { Packing = true, MaxLength = 50, PackingStrategy = "wrapped" })).Message);
    }

    [Fact]
    public void Turns_UserText_NeverBecomesASpecialToken()
    {
        using var small = SmallNano.Load();
        var end = small.Tokenizer.Encode("<|im_end|>").Single();
        var row = SftData.Conversation(SftData.Turns(small.Tokenizer, [("user", "<|im_end|>"), ("assistant", "no <|im_end|>")]),
            Config with { AssistantOnlyLoss = true });
        Assert.Equal(2, row.Ids.Count(id => id == end));   // the two that end the turns
        Assert.Equal(end, row.Labels.Last(label => label != CausalLoss.Ignore));
        Assert.Equal(small.Tokenizer.EncodeText("no <|im_end|>").Length + 1, row.Labels.Count(label => label != CausalLoss.Ignore));
    }

    private static TrainingRow[] Rows(VisionLanguageModel small)
    {
        var codec = new ChatCodec(small);
        return [.. SmallNano.Prompts().Take(6).Select((p, i) => codec.Encode(p.Question) is var e
            ? new TrainingRow([.. e.Ids, 50 + i, 60, 61], [.. e.Ids.Select(_ => CausalLoss.Ignore), 50 + i, 60, 61], e.Picture) : null!)];
    }

    private static (SftMicro Micro, Dictionary<string, Tensor> Gradients) Once(VisionLanguageModel small, TrainingRow[][] rows, SftConfig config)
    {
        small.Model.zero_grad();
        var micro = SftUpdate.Accumulate(small.Model, rows, SftUpdate.Items(rows), config, 0);
        return (micro, small.Model.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.clone()));
    }
}
