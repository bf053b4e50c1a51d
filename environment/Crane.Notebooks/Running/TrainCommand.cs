using System.Text.Json.Nodes;
using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Model;
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
internal sealed record TrainSettings(string Stage, string From, string Out, int Seed, int? Steps, RoutingTopics Topics = RoutingTopics.All, int Threads = 1,
    double? LearningRate = null, bool Wide = false);

/// <summary>Makes CRANE: SFT, then GRPO.</summary>
internal static class TrainCommand
{
    private const string Generation = "generation_config.json";

    private static readonly string[] Settings = ["tokenizer.json", "tokenizer_config.json", "preprocessor_config.json", "chat_template.jinja"];

    public static Task<int> Run(TrainSettings settings, TextWriter log, CancellationToken cancellation)
    {
        TorchSharp.torch.set_num_threads(settings.Threads);
        NativeTorch.Ensure();
        if (!File.Exists(Path.Combine(settings.From, "config.json")))
            throw new NotebookException($"--from {settings.From}: a folder with a model (config.json, model.safetensors, tokenizer.json) was expected{(settings.Stage == "grpo" ? "; 'crane sft' makes the one that GRPO begins with" : "")}.");
        using var model = VisionLanguageModel.Load(settings.From, cancellationToken: cancellation);
        CraneRecipe.FreezeVision(model.Model);
        var bar = Core.Display.Show.Progress(b => log.Write($"\r{b}\u001b[K"));
        try
        {
            Train(model, new CraneRecipe(NanoWorld.Load(), settings.Topics, settings.Wide), settings, Path.Combine(settings.Out, "training"), bar, cancellation);
        }
        catch (OperationCanceledException)
        {
            log.WriteLine($"{Environment.NewLine}Stopped, with a checkpoint in {Path.Combine(settings.Out, "training")}; the same command goes on from there.");
            return Task.FromResult(130);
        }
        Checkpoint.Save(model.Model, settings.Out);
        foreach (var name in Settings) File.Copy(Path.Combine(settings.From, name), Path.Combine(settings.Out, name), overwrite: true);
        var generation = JsonNode.Parse(File.ReadAllText(Path.Combine(settings.From, Generation)))!;
        generation["max_new_tokens"] = CraneRecipe.MaxNewTokens;
        AtomicFile.WriteAllText(Path.Combine(settings.Out, Generation), generation.ToJsonString(new() { WriteIndented = true, NewLine = "\n" }) + "\n");
        log.WriteLine($"{Environment.NewLine}Done: {settings.Out}");
        return Task.FromResult(0);
    }

    private static void Train(VisionLanguageModel model, CraneRecipe recipe, TrainSettings settings, string folder, IProgress<ProgressUpdate> progress,
        CancellationToken cancellation)
    {
        if (settings.Stage == "sft")
        {
            var sft = settings.Steps is { } steps ? CraneRecipe.Sft(settings.Seed, steps) : CraneRecipe.Sft(settings.Seed);
            if (settings.LearningRate is { } peak) sft = sft with { LearningRate = peak };
            new SftTrainer(model.Model, recipe.SftRows(model, sft), sft, model.Prompts.PadId).Run(folder, progress, null, cancellation);
            return;
        }
        var grpo = settings.Steps is { } some ? CraneRecipe.Grpo(settings.Seed, some) : CraneRecipe.Grpo(settings.Seed);
        if (settings.LearningRate is { } rate) grpo = grpo with { LearningRate = rate };
        var prompts = UndecidedPrompts.Choose(model, recipe, grpo, CognitiveRoutingReward.Default, progress, cancellation);
        new GrpoTrainer(model.Model, new ChatCodec(model), prompts, CraneRecipe.Rewards(CognitiveRoutingReward.Default), grpo)
            .Run(folder, progress, null, cancellation);
    }
}
