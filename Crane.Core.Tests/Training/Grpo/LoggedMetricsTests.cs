using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Sft;

namespace Crane.Core.Tests.Training.Grpo;

/// <summary>Lines of the log have TRL's names, no more and no fewer.</summary>
[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class LoggedMetricsTests
{
    private static readonly JsonElement Stored = JsonDocument.Parse(File.ReadAllText(GrpoGolden.Folder("logged_metrics.json"))).RootElement;

    public static TheoryData<string> Variants() => [.. Stored.GetProperty("grpo_observed").EnumerateObject().Select(p => p.Name)];

    [Theory, MemberData(nameof(Variants))]
    public void Run_GrpoVariant_LogsTrlsNames(string variant)
    {
        var config = new GrpoConfig { PerDeviceTrainBatchSize = 8, NumGenerations = 4, MaxSteps = 2, MaxCompletionLength = 4, LoggingSteps = 1,
            GradientCheckpointing = false };
        config = GrpoLossType.All.ContainsKey(variant) ? config with { LossType = variant }
            : config with { Beta = variant == "beta" ? 0.04 : 0, EntropyCoef = variant == "entropy_coef" ? 0.01 : 0 };
        GrpoPrompt[] prompts = [.. Enumerable.Range(0, 8).Select(i => new GrpoPrompt(new($"w{i} w{i + 1}")))];
        RewardFunction[] rewards = [new("first", r => [.. r.Select((_, i) => (double?)i)]), new("second", r => [.. r.Select((_, i) => (double?)(1 - i % 2))])];
        using var model = Model();
        var lines = new GrpoTrainer(model, new WordCodec(), prompts, rewards, config).Run();
        var observed = Stored.GetProperty("grpo_observed").GetProperty(variant);
        Compare(observed, lines);
        var source = new PolicyRollouts(model, config.Sampling([WordCodec.Eos], WordCodec.Pad), []);
        var evaluated = GrpoEvaluation.Of(source, new WordCodec(), prompts[..2], rewards, config).Metrics.Keys;
        Assert.NotEmpty(evaluated);
        Assert.Empty(evaluated.Except(observed[3].EnumerateArray().Select(name => name.GetString()!)));
    }

    [Fact]
    public void Run_Sft_LogsTrlsNames()
    {
        using var model = Model();
        var config = new SftConfig { MaxSteps = 2, LoggingSteps = 1, GradientCheckpointing = false };
        var lines = new SftTrainer(model, [.. Enumerable.Range(0, 12).Select(i => SftData.Completion([7 + i], [9 + i, 2], config))], config, WordCodec.Pad)
            .Run();
        // GRPO alone logs its time
        Compare(Stored.GetProperty("sft_observed"),
            [.. lines.Select(line => new LogLine(line.Step, line.Values.Where(v => v.Key != "step_time").ToDictionary()))]);
    }

    private static void Compare(JsonElement observed, IReadOnlyList<LogLine> lines)
    {
        Assert.Equal(2, lines.Count);
        foreach (var (i, line) in lines.Index())
            Assert.Equal(observed[i].EnumerateArray().Select(name => name.GetString()!).Order(StringComparer.Ordinal), line.Values.Keys.Append("step")
                .Order(StringComparer.Ordinal));
    }

    private static TextModel Model() =>
        TinyModel.Load(GrpoGolden.Folder("run_dapo_default", "initial.safetensors"), GrpoGolden.Folder("run_dapo_default", "run.json"));
}
