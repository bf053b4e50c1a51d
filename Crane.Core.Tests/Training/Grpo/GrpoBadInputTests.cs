using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Sft;

namespace Crane.Core.Tests.Training.Grpo;

[Collection(nameof(Torch))]
public class GrpoBadInputTests
{
    private static readonly GrpoConfig Config = new() { PerDeviceTrainBatchSize = 4, NumGenerations = 4, MaxCompletionLength = 3, MaxSteps = 4, SaveSteps = 1,
        LoggingSteps = 1, LearningRate = 1e-3, GradientCheckpointing = false };

    private static GrpoTrainer Trainer(VisionLanguageModel small, RewardFunction reward, GrpoConfig? config = null) =>
        new(small.Model, new ChatCodec(small), SmallNano.Prompts(), [reward], config ?? Config);

    private static RewardFunction Good => RewardFunction.Each("good", rollout => rollout.Ids[0] % 5);

    [Fact]
    public void Run_RewardThrows_NamesItAndKeepsTheCause()
    {
        using var small = SmallNano.Load();
        var error = Assert.Throws<InvalidOperationException>(() =>
            Trainer(small, RewardFunction.Each("broken", _ => throw new FormatException("no number"))).Run());
        Assert.Contains("Reward 'broken' threw FormatException: no number", error.Message);
        Assert.IsType<FormatException>(error.InnerException);
        Assert.False(small.Model.training);
    }

    [Fact]
    public void Run_RewardOfWrongCountOrInfinite_NamesIt()
    {
        using var small = SmallNano.Load();
        Assert.Contains("Reward 'short' gave 3 values for 4 completions", Assert.Throws<InvalidOperationException>(() =>
            Trainer(small, new("short", rollouts => [.. rollouts.Skip(1).Select(_ => (double?)1)])).Run()).Message);
        Assert.Contains("no list of values", Assert.Throws<InvalidOperationException>(() => Trainer(small, new("none", _ => null!)).Run()).Message);
        Assert.Contains("Reward 'nan' gave NaN for completion 0",
            Assert.Throws<InvalidOperationException>(() => Trainer(small, RewardFunction.Each("nan", _ => 0.0 / 0)).Run()).Message);
        Assert.Contains("Reward 'huge' gave Infinity",
            Assert.Throws<InvalidOperationException>(() => Trainer(small, RewardFunction.Each("huge", _ => double.PositiveInfinity)).Run()).Message);
    }

    [Fact]
    public void Run_RewardIsNull_DoesNotApply()
    {
        using var small = SmallNano.Load();
        var folder = Directory.CreateTempSubdirectory().FullName;
        var call = 0;
        var lines = Trainer(small, new("some", rollouts => [.. rollouts.Select((r, i) => i == 1 ? (double?)null : r.Ids[0] + call++)])).Run(folder);
        Assert.All(lines, line => Assert.False(double.IsNaN(line["loss"]) || double.IsNaN(line["reward"])));
        var records = RolloutLog.Read(Path.Combine(folder, "rollouts.jsonl")).ToList();
        Assert.All(records.Where((_, i) => i % 4 == 1), record =>
            Assert.True(record.Rewards["some"] is null && record.Reward is null && record.Advantage == 0));
        Assert.All(records.Where((_, i) => i % 4 != 1), record => Assert.NotNull(record.Reward));
    }

    [Fact]
    public void Constructor_PromptLongerThanTheContext_NamesThePrompt()
    {
        using var small = SmallNano.Load();
        var context = small.Model.TextConfig.MaxPositionEmbeddings;
        var prompts = SmallNano.Prompts();
        prompts[2] = new(new(string.Concat(Enumerable.Repeat("flag ", context))));
        var message = Assert.Throws<ArgumentException>(() => new GrpoTrainer(small.Model, new ChatCodec(small), prompts, [Good], Config)).Message;
        Assert.Contains("Prompt 2 has", message);
        Assert.Contains($"context of {context}", message);
        Assert.Contains("max_completion_length 3", message);
        Assert.Contains($"context is {context}", Assert.Throws<ArgumentException>(() => new SftTrainer(small.Model,
            [new([.. Enumerable.Repeat(5, context + 1)], [.. Enumerable.Repeat(5L, context + 1)], null)], new SftConfig { MaxLength = null }, 0)).Message);
    }

    [Fact]
    public void Constructor_SizesThatDoNotDivide_SayWhichOnes()
    {
        using var small = SmallNano.Load();
        Assert.Contains("num_generations (3)", Assert.Throws<ArgumentException>(() => Trainer(small, Good, Config with { NumGenerations = 3 })).Message);
        Assert.Contains("takes 16 different prompts",
            Assert.Throws<ArgumentException>(() => Trainer(small, Good, Config with { PerDeviceTrainBatchSize = 64 })).Message);
        Assert.Contains("reward_weights has 2 values for 1 rewards (good)",
            Assert.Throws<ArgumentException>(() => Trainer(small, Good, Config with { RewardWeights = [1, 2] })).Message);
        Assert.Throws<ArgumentException>(() => new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [Good, Good], Config));
        Assert.Throws<ArgumentException>(() => new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [], Config));
    }

    [Fact]
    public void Run_EpochThatDoesNotDivideIntoSteps_EndsWithAShorterStep()
    {
        using var small = SmallNano.Load();   // 8 prompts, one a generation: 8 micro batches an epoch, steps of 3, 3 and 2
        var micro = 0;
        var lines = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [Good],
            Config with { GradientAccumulationSteps = 3, StepsPerGeneration = 1, MaxSteps = -1, NumTrainEpochs = 2 })
        {
            Watch = new(Micro: (_, _, _) => micro++),
        }.Run();
        Assert.Equal(6, lines.Count);
        Assert.Equal(16, micro);
        Assert.Equal(2, lines[^1]["epoch"], 1e-12);
    }

    [Fact]
    public void Run_CheckpointOfAnotherConfigDataOrBase_NamesWhatDiffers()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        using (var small = SmallNano.Load()) Trainer(small, Good).Run(folder);
        using var again = SmallNano.Load();
        var rate = Assert.Throws<InvalidDataException>(() => Trainer(again, Good, Config with { LearningRate = 2e-3, NumGenerations = 2 }).Run(folder)).Message;
        Assert.Contains("config.learning_rate was 0.001 and is now 0.002", rate);
        Assert.Contains("config.num_generations was 4 and is now 2", rate);
        Assert.Contains("rewards was \"good\" and is now \"other\"",
            Assert.Throws<InvalidDataException>(() => Trainer(again, Good with { Name = "other" }).Run(folder)).Message);
        Assert.Contains("prompts was 8 and is now 7", Assert.Throws<InvalidDataException>(() =>
            new GrpoTrainer(again.Model, new ChatCodec(again), SmallNano.Prompts()[1..], [Good], Config).Run(folder)).Message);
        using var other = SmallNano.Load(seed: 4);
        Assert.Contains("base_sha256", Assert.Throws<InvalidDataException>(() => Trainer(other, Good).Run(folder)).Message);
        Assert.Equal(4, Trainer(again, Good, Config with { SaveSteps = 9 }).Run(folder).Count);   // how often it saves may change
    }

    [SkippableFact]
    public void Run_DiskFullWhileSaving_KeepsTheCheckpointBefore()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/dev/full is Linux's");
        var (folder, whole) = (Directory.CreateTempSubdirectory().FullName, Directory.CreateTempSubdirectory().FullName);
        using (var small = SmallNano.Load())
        {
            var error = Assert.Throws<IOException>(() => Trainer(small, Good).Run(folder, FullAt(3, folder, "optimizer.safetensors")));
            Assert.Contains("step 3 could not be written", error.Message);
            Assert.Contains("step-000002 is still whole", error.Message);
            Directory.Delete(Path.Combine(folder, "step-000003"), recursive: true);
        }
        using var again = SmallNano.Load();
        using var unbroken = SmallNano.Load();
        var lines = Trainer(again, Good).Run(folder);
        Trainer(unbroken, Good).Run(whole);
        Assert.Equal(4, lines.Count);
        Assert.Equal(WeightHash.Of(unbroken.Model), WeightHash.Of(again.Model));
    }

    /// <summary>The log is part of a checkpoint: where it cannot be written the step does not count, so that a run killed behind its last step has it
    /// whole.</summary>
    [SkippableFact]
    public void Run_DiskFullAtTheLog_KeepsTheCheckpointBefore()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/dev/full is Linux's");
        var folder = Directory.CreateTempSubdirectory().FullName;
        var link = Path.Combine(folder, "log.jsonl.tmp");
        using (var small = SmallNano.Load())
        {
            var full = new Immediate<ProgressUpdate>(update => { if (update.Done == 4) File.CreateSymbolicLink(link, "/dev/full"); });
            Assert.Contains("step-000003 is still whole", Assert.Throws<IOException>(() => Trainer(small, Good).Run(folder, full)).Message);
            Assert.Equal("step-000003", File.ReadAllText(Path.Combine(folder, "latest")));
            File.Delete(link);
        }
        using var again = SmallNano.Load();
        Assert.Equal(4, Trainer(again, Good).Run(folder).Count);
        Assert.Equal(4, File.ReadAllLines(Path.Combine(folder, "log.jsonl")).Length);
    }

    [Fact]
    public void Run_CheckpointOfAnotherAdapterOrReference_NamesWhatDiffers()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        TrainingRow[] rows = [.. Enumerable.Range(0, 4).Select(i => new TrainingRow([7 + i, 9, 2], [-100, 9, 2], null))];
        string? Run(double alpha, double dropout, bool sft)
        {
            using var small = SmallNano.Load();
            using var adapter = new PeftModel(small.Model);
            adapter.AddAdapter(new LoraConfig { R = 2, LoraAlpha = alpha, LoraDropout = dropout, TargetModules = ["q_proj"] }, seed: 2);
            return Record.Exception(() => sft
                ? new SftTrainer(small.Model, rows, new SftConfig { MaxSteps = 1, MaxLength = null, GradientCheckpointing = false }, 0) { Adapter = adapter }
                    .Run(Path.Combine(folder, "sft"))
                : new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [Good], Config with { MaxSteps = 1 }) { Adapter = adapter }
                    .Run(Path.Combine(folder, "grpo")))?.Message;
        }
        foreach (var sft in (bool[])[true, false])
        {
            Assert.Null(Run(4, 0, sft));
            Assert.Null(Run(4, 0, sft));
            Assert.Contains("adapter.default.lora_alpha was 4 and is now 8", Run(8, 0, sft));
            Assert.Contains("adapter.default.lora_dropout was 0 and is now 0.5", Run(4, 0.5, sft));
        }

        var other = Directory.CreateTempSubdirectory().FullName;
        string? RunWith(int seed)
        {
            using var small = SmallNano.Load();
            using var reference = SmallNano.Load(seed);
            return Record.Exception(() => new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [Good],
                Config with { MaxSteps = 1, Beta = 0.1 }) { Reference = reference.Model }.Run(other))?.Message;
        }
        Assert.Null(RunWith(5));
        Assert.Contains("reference_sha256 was", RunWith(6));
    }

    [Fact]
    public void Run_SourceWritesNothingOrOtherLogProbs_IsNamed()
    {
        using var small = SmallNano.Load();
        string Message(WrittenTokens second) => Assert.Throws<InvalidOperationException>(() =>
            new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [Good], Config) { Rollouts = new Fixed(second) }.Run()).Message;
        Assert.Contains("completion 1 of prompt 0 has 0 tokens", Message(new([])));
        Assert.Contains("2 tokens and 1 log-probabilities", Message(new([5, 6], [0])));
        Assert.Contains("completion 1 of prompt 0 has 0 tokens", Assert.Throws<InvalidOperationException>(() =>
            GrpoEvaluation.Of(new Fixed(new([])), new ChatCodec(small), SmallNano.Prompts()[..1], [Good], Config)).Message);
    }

    /// <summary>The same answer each time, but for the second.</summary>
    private sealed class Fixed(WrittenTokens second) : IRolloutSource
    {
        public bool IsPolicy => true;

        public IReadOnlyList<WrittenTokens> Write(IReadOnlyList<EncodedPrompt> prompts, int generations, int seed, CancellationToken cancellationToken) =>
            [.. Enumerable.Range(0, prompts.Count * generations).Select(i => i == 1 ? second : new WrittenTokens([40 + i]))];
    }

    [SkippableFact]
    public void Run_FileSystemFull_KeepsTheCheckpointBefore()
    {
        var mount = Directory.CreateTempSubdirectory().FullName;
        Skip.IfNot(OperatingSystem.IsLinux() && Command("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount), "only root may mount a small file system");
        try
        {
            using var stop = new CancellationTokenSource();
            using (var small = SmallNano.Load())
                Trainer(small, Good).Run(mount, new Immediate<ProgressUpdate>(update => { if (update.Done == 2) stop.Cancel(); }),
                    cancellationToken: stop.Token);
            var ballast = Path.Combine(mount, "ballast");
            File.WriteAllBytes(ballast, new byte[new DriveInfo(mount).AvailableFreeSpace - 60_000]);   // room for rollouts, none for a checkpoint
            using (var small = SmallNano.Load())
            {
                var error = Assert.Throws<IOException>(() => Trainer(small, Good).Run(mount));
                Assert.Contains("step 3 could not be written", error.Message);
                Assert.Contains("step-000002 is still whole", error.Message);
            }
            File.Delete(ballast);
            using var again = SmallNano.Load();
            using var unbroken = SmallNano.Load();
            Assert.Equal(4, Trainer(again, Good).Run(mount).Count);
            Trainer(unbroken, Good).Run();
            Assert.Equal(WeightHash.Of(unbroken.Model), WeightHash.Of(again.Model));
        }
        finally { Command("umount", mount); }
    }

    [SkippableFact]
    public void Append_DiskFull_SaysThatTheCheckpointIsWhole()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/dev/full is Linux's");
        RolloutRecord record = new(1, 0, "?", new string('x', 10_000), 1, true, new Dictionary<string, double?>(), 0, 0);
        var error = Assert.Throws<IOException>(() => RolloutLog.Append("/dev/full", 0, [record]));
        Assert.Contains("rollouts could not be written", error.Message);
        Assert.Contains("The last checkpoint is whole", error.Message);
    }

    [Fact]
    public void Sft_DiskFullOrAnotherConfig_SaysSoAndKeepsTheCheckpoint()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        using var small = SmallNano.Load();
        var config = new SftConfig { PerDeviceTrainBatchSize = 2, MaxSteps = 3, SaveSteps = 1, LearningRate = 1e-3, MaxLength = null,
            GradientCheckpointing = false };
        TrainingRow[] rows = [.. Enumerable.Range(0, 4).Select(i => new TrainingRow([7 + i, 9, 2], [-100, 9, 2], null))];
        new SftTrainer(small.Model, rows, config, 0).Run(folder);
        using var again = SmallNano.Load();
        var error = Assert.Throws<InvalidDataException>(() =>
            new SftTrainer(again.Model, rows, config with { LearningRate = 2e-3, MaxSteps = 9 }, 0).Run(folder)).Message;
        Assert.Contains("config.learning_rate was 0.001 and is now 0.002", error);
        Assert.Contains("config.max_steps was 3 and is now 9", error);
        Assert.Contains("rows was 4 and is now 3",
            Assert.Throws<InvalidDataException>(() => new SftTrainer(again.Model, rows[1..], config, 0).Run(folder)).Message);
        if (!OperatingSystem.IsLinux()) return;
        var full = Directory.CreateTempSubdirectory().FullName;
        var disk = Assert.Throws<IOException>(() => new SftTrainer(again.Model, rows, config, 0).Run(full, FullAt(2, full, "weights.safetensors")));
        Assert.Contains("step-000001 is still whole", disk.Message);
    }

    /// <summary>Before the checkpoint of a step is written, a file of it becomes a way to /dev/full: writing there fails as on a full disk.</summary>
    private static Immediate<ProgressUpdate> FullAt(int step, string folder, string file) => new(update =>
    {
        if (update.Done != step) return;
        Directory.CreateDirectory(Path.Combine(folder, $"step-{step:D6}"));
        File.CreateSymbolicLink(Path.Combine(folder, $"step-{step:D6}", file + ".tmp"), "/dev/full");
    });

    [Theory]
    [InlineData("state.json", "{ \"step\": ")]
    [InlineData("state.json", null)]
    [InlineData("weights.safetensors", "x")]
    public void Run_DamagedCheckpoint_SaysWhichFile(string file, string? content)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        using (var small = SmallNano.Load()) Trainer(small, Good, Config with { MaxSteps = 1 }).Run(folder);
        var path = Path.Combine(folder, "step-000001", file);
        if (content is null) File.Delete(path);
        else File.WriteAllText(path, content);
        using var again = SmallNano.Load();
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Trainer(again, Good, Config with { MaxSteps = 1 }).Run(folder)).Message);
    }

    [Fact]
    public void Run_HalfACheckpointOfAKilledRun_IsRemovedByTheNext()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        Directory.CreateDirectory(Path.Combine(folder, "step-000009"));
        File.WriteAllText(Path.Combine(folder, "step-000009", "weights.safetensors.tmp"), "half");
        using var small = SmallNano.Load();
        Trainer(small, Good, Config with { MaxSteps = 1 }).Run(folder);
        Assert.Equal(["step-000001"], Directory.GetDirectories(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Run_OtherPicturesUnderTheSameWords_IsAnotherRun()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        using var small = SmallNano.Load();
        var prompts = SmallNano.Prompts();
        new GrpoTrainer(small.Model, new ChatCodec(small), prompts, [Good], Config with { MaxSteps = 1 }).Run(folder);
        prompts[0] = prompts[0] with { Question = prompts[0].Question with { Picture = prompts[2].Question.Picture } };
        using var again = SmallNano.Load();
        var error = Assert.Throws<InvalidDataException>(() =>
            new GrpoTrainer(again.Model, new ChatCodec(again), prompts, [Good], Config with { MaxSteps = 1 }).Run(folder));
        Assert.Contains("prompts_sha256", error.Message);
    }

    private static bool Command(string name, params string[] arguments)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;   // there is no such command
        }
    }
}
