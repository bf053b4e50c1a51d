using System.Text.Json.Nodes;
using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Rewards;
using Crane.Core.Training.Routing;
using Crane.Core.Training.Sft;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>What one training of CRANE shall do.</summary>
/// <param name="Stage">sft or grpo.</param>
/// <param name="From">Folder of the model to begin with.</param>
/// <param name="Out">Folder of the new checkpoint; the run itself lies in its <c>training</c>.</param>
/// <param name="Seed">Fixes lessons, order and draws.</param>
/// <param name="Steps">null: the recipe's.</param>
/// <param name="Topics">What lessons ask about.</param>
/// <param name="Threads">Threads of libtorch.</param>
/// <param name="LearningRate">null: the recipe's.</param>
/// <param name="Wide">Whether the lessons of SFT go beyond what the benchmark asks.</param>
/// <param name="Replicas">Trainings of SFT whose weights are averaged.</param>
/// <param name="Without">Components of GRPO's reward that are logged and not paid; null: none.</param>
/// <param name="Generations">Completions a prompt in GRPO, of as many completions a step; null: the recipe's.</param>
internal sealed record TrainSettings(string Stage, string From, string Out, int Seed, int? Steps, RoutingTopics Topics = RoutingTopics.All, int Threads = 1,
    double? LearningRate = null, bool Wide = false, int Replicas = 1, string[]? Without = null, int? Generations = null);

/// <summary>Makes CRANE: SFT, then GRPO.</summary>
internal static class TrainCommand
{
    private const string Generation = "generation_config.json", RunOf = "training";

    private static readonly string[] Settings = ["tokenizer.json", "tokenizer_config.json", "preprocessor_config.json", "chat_template.jinja"];

    public static async Task<int> Run(TrainSettings settings, TextWriter log, CancellationToken cancellation)
    {
        NativeTorch.Ensure();
        if (!File.Exists(Path.Combine(settings.From, "config.json")))
            throw new NotebookException($"--from {settings.From}: a folder with a model (config.json, model.safetensors, tokenizer.json) was expected{(settings.Stage == "grpo" ? "; 'crane sft' makes the one that GRPO begins with" : "")}.");
        var bar = Core.Display.Show.Progress(b => log.Write($"\r{b}\u001b[K"));
        VisionLanguageModel[] models = [.. Enumerable.Range(0, settings.Stage == "sft" ? settings.Replicas : 1)
            .Select(_ => VisionLanguageModel.Load(settings.From, cancellationToken: cancellation))];
        try
        {
            foreach (var model in models) CraneRecipe.FreezeVision(model.Model);
            await (settings.Stage == "sft" ? Sft(models, settings, bar, cancellation) : Task.Run(() => Grpo(models[0], settings, bar, cancellation), cancellation));
            Checkpoint.Save(models[0].Model, settings.Out);
        }
        catch (OperationCanceledException)
        {
            log.WriteLine($"{Environment.NewLine}Stopped, with a checkpoint in {Path.Combine(settings.Out, RunOf)}; the same command goes on from there.");
            return 130;
        }
        finally
        {
            foreach (var model in models) model.Dispose();
        }
        foreach (var name in Settings) File.Copy(Path.Combine(settings.From, name), Path.Combine(settings.Out, name), overwrite: true);
        var generation = JsonNode.Parse(File.ReadAllText(Path.Combine(settings.From, Generation)))!;
        generation["max_new_tokens"] = CraneRecipe.MaxNewTokens;
        AtomicFile.WriteAllText(Path.Combine(settings.Out, Generation), generation.ToJsonString(new() { WriteIndented = true, NewLine = "\n" }) + "\n");
        log.WriteLine($"{Environment.NewLine}Done: {settings.Out}");
        return 0;
    }

    /// <summary>The replicas side by side, each on a thread of its own as far as <see cref="TrainSettings.Threads"/> goes: the same bits however many run at
    /// once. The first model ends with the mean of all.</summary>
    private static async Task Sft(VisionLanguageModel[] models, TrainSettings settings, IProgress<ProgressUpdate> progress, CancellationToken cancellation)
    {
        TorchSharp.torch.set_num_threads(Math.Max(1, settings.Threads / models.Length));
        var config = CraneRecipe.Sft(settings.Seed, settings.Steps, settings.Wide);
        if (settings.LearningRate is { } peak) config = config with { LearningRate = peak };
        var done = new long[models.Length];
        await Parallel.ForAsync(0, models.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, settings.Threads), CancellationToken = cancellation },
            (replica, token) =>
            {
                var recipe = new CraneRecipe(NanoWorld.Load(), settings.Topics, settings.Wide);
                var folder = Path.Combine(settings.Out, RunOf, models.Length == 1 ? "" : $"replica-{replica}");
                new SftTrainer(models[replica].Model, recipe.SftRows(models[replica], config, replica), config, models[replica].Prompts.PadId)
                    .Run(folder, new Together(progress, done, replica), null, token);
                return ValueTask.CompletedTask;
            });
        WeightSoup.Average([.. models.Select(model => model.Model)]);
    }

    private static void Grpo(VisionLanguageModel model, TrainSettings settings, IProgress<ProgressUpdate> progress, CancellationToken cancellation)
    {
        var reward = Reward(settings);
        var config = Config(settings, reward);
        TorchSharp.torch.set_num_threads(settings.Threads);
        var recipe = new CraneRecipe(NanoWorld.Load(), settings.Topics, settings.Wide);
        var prompts = UndecidedPrompts.Choose(model, recipe, config, reward, progress, cancellation);
        new GrpoTrainer(model.Model, new ChatCodec(model), prompts, CraneRecipe.Rewards(reward), config)
            .Run(Path.Combine(settings.Out, RunOf), progress, null, cancellation);
    }

    /// <summary>The default reward without the components that shall not be paid.</summary>
    /// <exception cref="NotebookException">There is no such component.</exception>
    internal static CognitiveRoutingReward Reward(TrainSettings settings)
    {
        try { return (settings.Without ?? []).Aggregate(CognitiveRoutingReward.Default, (reward, name) => reward.With(name, 0)); }
        catch (ArgumentException e) { throw new NotebookException($"--without: {e.Message}"); }
    }

    /// <summary>The recipe's settings of GRPO with what was asked for.</summary>
    /// <exception cref="NotebookException">The completions of a step do not divide into such groups.</exception>
    internal static GrpoConfig Config(TrainSettings settings, CognitiveRoutingReward reward)
    {
        var config = settings.Steps is { } steps ? CraneRecipe.Grpo(settings.Seed, steps) : CraneRecipe.Grpo(settings.Seed);
        config = config with
        {
            LearningRate = settings.LearningRate ?? config.LearningRate, NumGenerations = settings.Generations ?? config.NumGenerations,
            RewardWeights = [.. reward.Terms.Select(term => term.Weight)],
        };
        try { return config.Checked(); }
        catch (ArgumentException e) { throw new NotebookException(e.Message); }
    }
}

/// <summary>One bar for several trainings of equal length.</summary>
internal sealed class Together(IProgress<ProgressUpdate> all, long[] done, int at) : IProgress<ProgressUpdate>
{
    public void Report(ProgressUpdate value)
    {
        lock (done)
        {
            done[at] = value.Done;
            all.Report(value with { Done = done.Sum(), Total = value.Total * done.Length });
        }
    }
}
