using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using TorchSharp.Modules;

namespace Crane.Core.Training.Grpo;

/// <summary>Group Relative Policy Optimization (arXiv 2402.03300) as TRL 1.16 runs it: write several completions a prompt, reward them, make what beat its
/// group
/// likelier. For models that see and models that read; all weights with <c>requires_grad</c>, or an adapter's.</summary>
/// <remarks>One caller at a time. The same seed, data and weights give the same run; a run that was killed goes on from its folder bit for bit.</remarks>
public sealed class GrpoTrainer
{
    private readonly CausalModel model;
    private readonly IPromptCodec codec;
    private readonly IReadOnlyList<GrpoPrompt> prompts;
    private readonly IReadOnlyList<RewardFunction> rewards;
    private readonly GrpoConfig config;

    /// <summary>A trainer.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="codec">Its tokens; <see cref="ChatCodec"/> for a loaded checkpoint.</param>
    /// <param name="prompts">The training set.</param>
    /// <param name="rewards">What judges completions; at least one, of different names.</param>
    /// <param name="config">Which GRPO, and how long.</param>
    /// <exception cref="ArgumentException">Config, data and rewards do not fit each other, or a prompt with its longest completion exceeds the model's
    /// context.</exception>
    public GrpoTrainer(CausalModel model, IPromptCodec codec, IReadOnlyList<GrpoPrompt> prompts, IReadOnlyList<RewardFunction> rewards, GrpoConfig config)
    {
        (this.model, this.codec, this.prompts, this.rewards, this.config) = (model, codec, prompts, rewards, config.Checked());
        if (rewards.Count == 0) throw new ArgumentException("GRPO needs at least one reward.", nameof(rewards));
        if (rewards.GroupBy(r => r.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two rewards are called '{twice.Key}'; their values would be logged as one.", nameof(rewards));
        if (config.RewardWeights is { } weights && weights.Count != rewards.Count)
            throw new ArgumentException($"reward_weights has {weights.Count} values for {rewards.Count} rewards "
                + $"({string.Join(", ", rewards.Select(r => r.Name))}).", nameof(config));
        if (prompts.Count < config.PromptsPerGeneration)
            throw new ArgumentException($"A generation takes {config.PromptsPerGeneration} different prompts ({config.ResolvedGenerationBatchSize} "
                + $"completions / num_generations {config.NumGenerations}), the data has {prompts.Count}.", nameof(prompts));
        CheckContext();
    }

    /// <summary>The adapter that is trained; null: the model's own weights.</summary>
    public PeftModel? Adapter { get; init; }

    /// <summary>What the KL term holds on to; null: the base under the adapter, or else the weights that the model has when <see cref="Run"/> is
    /// called.</summary>
    public CausalModel? Reference { get; init; }

    /// <summary>Who writes completions; null: the policy.</summary>
    public IRolloutSource? Rollouts { get; init; }

    /// <summary>Gets warnings.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The order of rows in micro batches; for tests that compare with stored ones.</summary>
    internal Func<int, IReadOnlyList<ScoredRow>, int[]>? Order { get; init; }

    /// <summary>Sees what happens inside a step; for tests.</summary>
    internal GrpoWatch? Watch { get; init; }

    /// <summary>Seconds spent so far, by phase: <c>generate</c> (rewards and other policies included), <c>update</c>.</summary>
    public IReadOnlyDictionary<string, double> Seconds => seconds;

    private readonly Dictionary<string, double> seconds = new() { ["generate"] = 0, ["update"] = 0 };

    /// <summary>Runs, or goes on with, the training.</summary>
    /// <param name="folder">Where checkpoints, <c>log.jsonl</c> and <c>rollouts.jsonl</c> go; null: nothing is kept.</param>
    /// <param name="progress">One report a step.</param>
    /// <param name="lines">Gets each line of the log.</param>
    /// <param name="cancellationToken">Ends the run after the present step, with a checkpoint.</param>
    /// <returns>The log, from the first step.</returns>
    /// <exception cref="InvalidDataException">The folder holds a run of another config, data or base.</exception>
    /// <exception cref="InvalidOperationException">A reward failed; it is named.</exception>
    /// <exception cref="IOException">A checkpoint could not be written; the one before is whole.</exception>
    public IReadOnlyList<LogLine> Run(string? folder = null, IProgress<ProgressUpdate>? progress = null, IProgress<LogLine>? lines = null,
        CancellationToken cancellationToken = default)
    {
        IReadOnlyList<(string name, Parameter parameter)> learnt = Adapter?.TrainableParameters
            ?? [.. model.named_parameters().Where(p => p.parameter.requires_grad)];
        if (learnt.Count == 0) throw new InvalidOperationException("Nothing can be learnt: no weight has requires_grad, or the adapter is not in force.");
        using var reference = config.Beta == 0 ? null : new ReferencePolicy(model, Adapter, Reference, learnt.Select(p => p.parameter));
        using var optimizer = new AdamW(learnt, config.Optimizer);
        var source = Rollouts ?? new PolicyRollouts(model, config.Sampling(codec.EosTokenIds, codec.PadTokenId), codec.NeverSampled);
        var stage = new GenerationStage(model, codec, prompts, rewards, config, source, reference) { Order = Order };
        var update = new PolicyUpdate(model, [.. learnt.Select(p => p.parameter)], config, codec.PadTokenId, Watch);
        var facts = folder is null ? null : Facts().With(Adapter);
        if (folder is not null) Directory.CreateDirectory(folder);
        var run = folder is null ? null : new RunFolder(folder);
        torch.manual_seed(config.Seed);
        var state = GrpoState.From(run?.Restore(learnt, optimizer, facts!), config);
        var total = config.TotalSteps(stage.MicroBatchesOfAnEpoch);
        var schedule = LearningRateSchedule.Create(config.LrSchedulerType, config.LearningRate, config.WarmupSteps, total, config.LrSchedulerKwargs);
        var warnings = new GrpoWarnings();
        foreach (var line in state.Log.Lines) warnings.Of(line.Values);   // what the run was told before it was stopped is not said again
        var checkpointing = model.Decoder.GradientCheckpointing;
        model.Decoder.GradientCheckpointing = config.GradientCheckpointing;
        try
        {
            while (state.Step < total && !cancellationToken.IsCancellationRequested)
            {
                Step(state, stage, update, optimizer, schedule, run, warnings);
                var done = state.Step == total;
                if (config.Logs(state.Step))
                {
                    var line = Line(state, stage);
                    lines?.Report(line);
                }
                progress?.Report(new("grpo", state.Step, total, state.Summary));
                if (state.Step % config.SaveSteps == 0 || done || cancellationToken.IsCancellationRequested) Save(state, run, learnt, optimizer, facts);
            }
        }
        finally
        {
            model.Decoder.GradientCheckpointing = checkpointing;
            model.eval();
        }
        return state.Log.Lines;
    }

    private void Step(GrpoState state, GenerationStage stage, PolicyUpdate update, AdamW optimizer, Func<int, double> schedule, RunFolder? run,
        GrpoWarnings warnings)
    {
        var start = Stopwatch.GetTimestamp();
        update.Begin();
        var loss = 0.0;
        var (epoch, first, count) = config.MicroBatchesOf(state.Step, stage.MicroBatchesOfAnEpoch);
        for (var part = first; part < first + count; part++)
        {
            var micro = epoch * stage.MicroBatchesOfAnEpoch + part;
            if (micro % config.MicroBatchesPerGeneration == 0) Generate(state, stage, micro / config.MicroBatchesPerGeneration, run);
            var updateStart = Stopwatch.GetTimestamp();
            model.train();
            var rows = state.Batch!.Rows.Skip(micro % config.ResolvedStepsPerGeneration * config.PerDeviceTrainBatchSize)
                .Take(config.PerDeviceTrainBatchSize).ToArray();
            loss += update.Accumulate(rows, stage.Encoded, new(state.Batch.NumItems, count), state.Bonus, state.Log);
            seconds["update"] += Stopwatch.GetElapsedTime(updateStart).TotalSeconds;
        }
        Watch?.BeforeUpdate?.Invoke(state.Step);
        var stepStart = Stopwatch.GetTimestamp();
        var rate = schedule(state.Step);
        state.Log.Set("grad_norm", update.Step(optimizer, rate));
        seconds["update"] += Stopwatch.GetElapsedTime(stepStart).TotalSeconds;
        Watch?.AfterUpdate?.Invoke(state.Step);
        state.Bonus = update.Next(state.Bonus);
        if (EntropyBonus.IsOn(config)) state.Log.Add("entropy_coef", state.Bonus.Coefficient);
        state.Log.Add("loss", loss);
        state.Log.Set("learning_rate", rate);
        state.Log.Add("step_time", Stopwatch.GetElapsedTime(start).TotalSeconds);
        state.Step++;
        foreach (var warning in warnings.Of(state.Log.Latest)) Logger.LogWarning("Step {Step}: {Warning}", state.Step, warning);
    }

    private void Generate(GrpoState state, GenerationStage stage, int number, RunFolder? run)
    {
        var start = Stopwatch.GetTimestamp();
        model.eval();
        var (batch, records, tokens) = stage.Make(number, state.Log);
        state.Batch = batch;
        state.NumTokens += tokens;
        state.Log.Set("num_tokens", state.NumTokens);
        if (records.Count(record => record.Reward is null) is > 0 and var unscored)
            Logger.LogWarning("Step {Step}: no reward applied to {Unscored} of {Completions} completions; they teach nothing.", state.Step + 1, unscored,
                records.Count);
        if (run is not null)
            state.RolloutBytes = RolloutLog.Append(run.File("rollouts.jsonl"), state.RolloutBytes, records.Select(r => r with { Step = state.Step + 1 }));
        seconds["generate"] += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private LogLine Line(GrpoState state, GenerationStage stage)
    {
        state.Log.Set("epoch", (double)state.Step / config.StepsOfAnEpoch(stage.MicroBatchesOfAnEpoch));
        return state.Log.Close(state.Step);
    }

    private static void Save(GrpoState state, RunFolder? run, IReadOnlyList<(string name, Parameter parameter)> learnt, AdamW optimizer, JsonObject? facts)
    {
        run?.Save(state.Step, learnt, optimizer, state.ToJson(facts!), state.Log.ToJsonLines());
    }

    /// <summary>What a checkpoint must share with this run: config, rewards, data, base.</summary>
    private JsonObject Facts()
    {
        var facts = new JsonObject
        {
            ["config"] = config.ToJson(),
            ["rewards"] = string.Join(", ", rewards.Select(reward => reward.Name)),
            ["prompts"] = prompts.Count,
            ["prompts_sha256"] = PromptHash(),
            ["base_sha256"] = WeightHash.Of(model),
        };
        if (config.CustomLoss is not null) facts["custom_loss"] = true;
        if (config.CustomAdvantages is not null) facts["custom_advantages"] = true;
        if (Reference is not null && config.Beta != 0) facts["reference_sha256"] = WeightHash.Of(Reference);
        return facts;
    }

    /// <summary>Words and pictures of all prompts.</summary>
    private string PromptHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var question in prompts.Select(prompt => prompt.Question))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(question.Text + "\0"));
            if (question.Picture is { } picture) hash.AppendData(picture.Rgb);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void CheckContext()
    {
        var context = model.TextConfig.MaxPositionEmbeddings;
        for (var i = 0; i < prompts.Count; i++)
            if (codec.Encode(prompts[i].Question).Ids.Length is var length && length + config.MaxCompletionLength > context)
                throw new ArgumentException($"Prompt {i} has {length} tokens; with max_completion_length {config.MaxCompletionLength} it exceeds the model's "
                    + $"context of {context} (max_position_embeddings). Shorten it, leave it out, or lower max_completion_length.", nameof(prompts));
    }
}
