using System.Diagnostics;
using System.Text.RegularExpressions;
using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Sft;

namespace Crane.Core.Tests.Training.Grpo;

/// <summary>A run that was killed ends with the same bits as one that was not: weights, optimiser, random generator, data, logs.</summary>
[Collection(nameof(Torch))]
public partial class ResumeTests
{
    private const int Steps = 9;

    private static readonly GrpoConfig Config = new()
    {
        PerDeviceTrainBatchSize = 4, NumGenerations = 4, MaxCompletionLength = 4, MaxSteps = Steps, SaveSteps = 1, LoggingSteps = 2, LearningRate = 1e-2,
            GradientCheckpointing = false, Seed = 5,
    };

    private static readonly IReadOnlyDictionary<string, GrpoConfig> Variants = new Dictionary<string, GrpoConfig>
    {
        ["plain"] = Config,
        ["inside a generation"] = Config with { StepsPerGeneration = 3, NumIterations = 2, Beta = 0.1 },
        ["accumulated, adaptive"] = Config with { GradientAccumulationSteps = 2, EntropyCoef = 0.01, UseAdaptiveEntropy = true, EntropyTarget = 5,
            LossType = "bnpo" },
        ["adapter with dropout"] = Config with { Beta = 0.1, StepsPerGeneration = 2 },
    };

    public static TheoryData<string, int> Kills()
    {
        var data = new TheoryData<string, int>();
        foreach (var (i, variant) in Variants.Keys.Index()) data.Add(variant, Seeds.Random(11, i).Next(1, Steps));
        return data;
    }

    [Theory, MemberData(nameof(Kills))]
    public void Run_FailedInAStepAndStoppedAfterAnother_EndsWithTheSameBits(string variant, int step)
    {
        var (whole, broken) = (NewFolder(), NewFolder());
        var expected = Run(whole, variant);
        Assert.ThrowsAny<InvalidOperationException>(() => Run(broken, variant, failIn: step));   // after the checkpoint of the step before
        Run(broken, variant, stopAfter: Math.Min(step + 1, Steps - 1));
        Assert.Equal(expected, Run(broken, variant));
        AssertSame(whole, broken);
    }

    public static TheoryData<string, int> Signals()
    {
        var seed = Environment.TickCount;   // other moments in every run; the seed stands in the name of the test
        return new() { { "grpo", seed }, { "sft", seed } };
    }

    [Theory, MemberData(nameof(Signals))]
    public void Run_KilledBySignalTwice_EndsWithTheSameBits(string trainer, int seed)
    {
        var (whole, broken, random) = (NewFolder(), NewFolder(), new Random(seed));
        var expected = Train(trainer, whole);
        var first = random.Next(1, Steps / 2);
        foreach (var after in (int[])[first, random.Next(first + 1, Steps - 1)])
        {
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath
                : "dotnet", [typeof(ResumeTests).Assembly.Location, trainer, broken])
            {
                Environment = { ["OMP_NUM_THREADS"] = "1" }, RedirectStandardError = true,
            })!;
            var give = Stopwatch.StartNew();
            while (LastStep(broken) < after && give.Elapsed < TimeSpan.FromMinutes(3) && !child.HasExited) Thread.Sleep(5);
            Thread.Sleep(random.Next(60));   // anywhere in a step: while it writes answers, learns, or writes the checkpoint
            Assert.False(child.HasExited && child.ExitCode != 0, $"The child ended by itself: {(child.HasExited ? child.StandardError.ReadToEnd() : "")}");
            child.Kill();   // SIGKILL
            child.WaitForExit();
            Assert.InRange(LastStep(broken), after, Steps);
        }
        Assert.Equal(expected, Train(trainer, broken));
        AssertSame(whole, broken);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Sft_StoppedAndResumed_EndsWithTheSameBits(int stopAfter)
    {
        var (whole, broken) = (NewFolder(), NewFolder());
        var expected = RunSft(whole, null);
        RunSft(broken, stopAfter);
        Assert.Equal(expected, RunSft(broken, null));
        AssertSame(whole, broken);
    }

    /// <summary>What the child process does.</summary>
    internal static string Train(string trainer, string folder) => trainer == "grpo" ? Run(folder, "inside a generation") : RunSft(folder, null, saveSteps: 1);

    private static string Run(string folder, string variant, int? failIn = null, int? stopAfter = null)
    {
        using var small = SmallNano.Load();
        using var adapter = variant.StartsWith("adapter", StringComparison.Ordinal) ? new PeftModel(small.Model) : null;
        adapter?.AddAdapter(new LoraConfig { R = 4, LoraAlpha = 8, LoraDropout = 0.2, TargetModules = ["q_proj", "down_proj"] }, seed: 2);
        using var stop = new CancellationTokenSource();
        var step = 0;
        var reward = RewardFunction.Each("shape", rollout => rollout.Ids.Sum(id => id % 11) / 10.0);
        var trainer = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward], Variants[variant])
        {
            Adapter = adapter, Watch = new(BeforeUpdate: at => { if (at == failIn) throw new InvalidOperationException("the power went"); }),
        };
        trainer.Run(folder, new Immediate<ProgressUpdate>(update =>
        {
            step = (int)update.Done;
            if (update.Done == stopAfter) stop.Cancel();
        }), cancellationToken: stop.Token);
        return adapter is null ? WeightHash.Of(small.Model)
            : WeightHash.Of(adapter.TrainableParameters.Select(p => KeyValuePair.Create(p.name, (TorchSharp.torch.Tensor)p.parameter)));
    }

    private static string RunSft(string folder, int? stopAfter, int saveSteps = 5)
    {
        using var small = SmallNano.Load();
        using var stop = new CancellationTokenSource();
        var config = new SftConfig { PerDeviceTrainBatchSize = 2, GradientAccumulationSteps = 2, MaxSteps = Steps, SaveSteps = saveSteps, LoggingSteps = 2,
            LearningRate = 1e-2, GradientCheckpointing = false };
        var codec = new ChatCodec(small);
        var rows = SmallNano.Prompts().Select((p, i) => codec.Encode(p.Question) is var e ? new Crane.Core.Training.Pretraining.TrainingRow([.. e.Ids, 50 + i,
            60], [.. e.Ids.Select(_ => CausalLoss.Ignore), 50 + i, 60], e.Picture) : null!).ToArray();
        new SftTrainer(small.Model, rows, config, codec.PadTokenId)
            .Run(folder, new Immediate<ProgressUpdate>(update => { if (update.Done == stopAfter) stop.Cancel(); }), cancellationToken: stop.Token);
        return WeightHash.Of(small.Model);
    }

    private static string NewFolder() => Directory.CreateTempSubdirectory().FullName;

    private static int LastStep(string folder) => File.Exists(Path.Combine(folder, "latest"))
        && File.ReadAllText(Path.Combine(folder, "latest")) is { Length: > 5 } name ? int.Parse(name["step-".Length..]) : 0;

    /// <summary>Files of both runs have the same bytes, times left out.</summary>
    private static void AssertSame(string whole, string broken)
    {
        string[] Files(string folder) => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
            .Order(StringComparer.Ordinal)];
        Assert.Equal(Files(whole), Files(broken));   // no halves of a checkpoint are left
        foreach (var file in Files(whole))
        {
            var (a, b) = (File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(broken, file)));
            if (file.EndsWith("safetensors", StringComparison.Ordinal)) Assert.True(a.AsSpan().SequenceEqual(b), file);
            else Assert.Equal(Timeless(a), Timeless(b));
        }
        static string Timeless(byte[] bytes) => StepTime().Replace(System.Text.Encoding.UTF8.GetString(bytes), "");
    }

    [GeneratedRegex("""
        "step_time":(\[[^\]]*\]|[^,}]*)
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex StepTime();
}
