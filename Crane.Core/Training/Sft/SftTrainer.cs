using System.Diagnostics;
using System.Text.Json.Nodes;
using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Training.Pretraining;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Training.Sft;

/// <summary>Supervised fine-tuning as TRL 1.16 runs it, for models that see and models that read; all weights with <c>requires_grad</c>, or an
/// adapter's.</summary>
/// <remarks>One caller at a time. The same seed, data and weights give the same run; a run that was killed goes on from its folder bit for bit.</remarks>
public sealed class SftTrainer
{
    private readonly CausalModel model;
    private readonly PreparedRows rows;
    private readonly SftConfig config;
    private readonly int padId;

    /// <summary>A trainer.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="rows">Tokens with labels; see <see cref="SftData"/> and <see cref="RowEncoder"/>. Each is asked for once here and once in each step that
    /// reads it.</param>
    /// <param name="config">How, and how long.</param>
    /// <param name="padId">Fills short rows.</param>
    /// <exception cref="ArgumentException">A value is out of range, no row has a label, or a row is longer than the model's context.</exception>
    public SftTrainer(CausalModel model, IReadOnlyList<TrainingRow> rows, SftConfig config, int padId)
    {
        (this.model, this.config, this.padId) = (model, config.Checked(), padId);
        this.rows = SftData.Prepare(rows, config);
        var context = model.TextConfig.MaxPositionEmbeddings;
        if (this.rows.Longest > context)
            throw new ArgumentException($"A row has {this.rows.Longest} tokens, the model's context is {context} (max_position_embeddings). "
                + "Set max_length to at most that, or leave the row out.", nameof(rows));
    }

    /// <summary>The adapter that is trained; null: the model's own weights.</summary>
    public PeftModel? Adapter { get; init; }

    /// <summary>Gets warnings.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Sees each micro batch with the number of labels of its step; for tests.</summary>
    internal Action<SftMicro, IReadOnlyList<TrainingRow[]>, long>? Watch { get; init; }

    private int MicroBatchesOfAnEpoch => (rows.Count + config.PerDeviceTrainBatchSize - 1) / config.PerDeviceTrainBatchSize;

    /// <summary>Runs, or goes on with, the training.</summary>
    /// <param name="folder">Where checkpoints and <c>log.jsonl</c> go; null: nothing is kept.</param>
    /// <param name="progress">One report a step.</param>
    /// <param name="lines">Gets each line of the log.</param>
    /// <param name="cancellationToken">Ends the run after the present step, with a checkpoint.</param>
    /// <returns>The log, from the first step.</returns>
    /// <exception cref="InvalidDataException">The folder holds a run of another config, data or base.</exception>
    /// <exception cref="IOException">A checkpoint could not be written; the one before is whole.</exception>
    public IReadOnlyList<LogLine> Run(string? folder = null, IProgress<ProgressUpdate>? progress = null, IProgress<LogLine>? lines = null,
        CancellationToken cancellationToken = default)
    {
        IReadOnlyList<(string name, Parameter parameter)> learnt = Adapter?.TrainableParameters
            ?? [.. model.named_parameters().Where(p => p.parameter.requires_grad)];
        if (learnt.Count == 0) throw new InvalidOperationException("Nothing can be learnt: no weight has requires_grad, or the adapter is not in force.");
        using var optimizer = new AdamW(learnt, config.Optimizer);
        var facts = folder is null ? null : Facts().With(Adapter);
        if (folder is not null) Directory.CreateDirectory(folder);
        var run = folder is null ? null : new RunFolder(folder);
        manual_seed(config.Seed);
        var state = run?.Restore(learnt, optimizer, facts!);
        var (step, tokens, log) = state is null ? (0, 0L, new TrainingLog())
            : (state["step"]!.GetValue<int>(), state["num_tokens"]!.GetValue<long>(), TrainingLog.FromJson(state["log"]!));
        var total = config.TotalSteps(MicroBatchesOfAnEpoch);
        var schedule = LearningRateSchedule.Create(config.LrSchedulerType, config.LearningRate, config.WarmupSteps, total, config.LrSchedulerKwargs);
        var checkpointing = model.Decoder.GradientCheckpointing;
        model.Decoder.GradientCheckpointing = config.GradientCheckpointing;
        model.train();
        try
        {
            while (step < total && !cancellationToken.IsCancellationRequested)
            {
                tokens += Step(step, learnt, optimizer, schedule(step), log);
                step++;
                log.Set("num_tokens", tokens);
                log.Set("epoch", (double)step / config.StepsOfAnEpoch(MicroBatchesOfAnEpoch));
                progress?.Report(new("sft", step, total, $"loss {log.LatestOf("loss"):f3}, accuracy {log.LatestOf("mean_token_accuracy"):p1}"));
                if (config.Logs(step))
                {
                    var line = log.Close(step);
                    lines?.Report(line);
                }
                if (run is not null && (step % config.SaveSteps == 0 || step == total || cancellationToken.IsCancellationRequested))
                    Save(run, step, tokens, learnt, optimizer, log, facts!);
            }
        }
        finally
        {
            model.Decoder.GradientCheckpointing = checkpointing;
            model.eval();
        }
        return log.Lines;
    }

    private long Step(int step, IReadOnlyList<(string name, Parameter parameter)> learnt, AdamW optimizer, double rate, TrainingLog log)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        foreach (var (_, parameter) in learnt) parameter.grad = null;
        var parts = MicroBatches(step);
        var items = parts.Sum(SftUpdate.Items);
        if (items == 0)
            Logger.LogWarning("Step {Step}: none of its {Rows} rows has a label behind its first token; nothing is learnt.", step + 1,
                parts.Sum(part => part.Length));
        var loss = 0.0;
        foreach (var part in parts)
        {
            var micro = SftUpdate.Accumulate(model, part, items, config, padId);
            loss += micro.Loss;
            if (!double.IsNaN(micro.Entropy))
            {
                log.Add("entropy", micro.Entropy);
                log.Add("mean_token_accuracy", micro.TokenAccuracy);
            }
            Watch?.Invoke(micro, part, items);
        }
        var moved = learnt.Where(p => p.parameter.grad is not null).Select(p => p.parameter).ToArray();
        var norm = moved.Length == 0 ? 0 : nn.utils.clip_grad_norm_(moved, config.MaxGradNorm > 0 ? config.MaxGradNorm : double.PositiveInfinity);
        optimizer.Step(rate);
        log.Add("loss", loss);
        log.Set("grad_norm", norm);
        log.Set("learning_rate", rate);
        log.Add("step_time", Stopwatch.GetElapsedTime(start).TotalSeconds);
        return parts.Sum(part => part.Sum(row => row.Sum(document => (long)document.Ids.Length)));
    }

    /// <summary>The micro batches of a step. Each epoch is shuffled by <c>torch.randperm</c> seeded with seed + epoch, as Accelerate's sampler does.</summary>
    private List<TrainingRow[][]> MicroBatches(int step)
    {
        var (epoch, first, count) = config.MicroBatchesOf(step, MicroBatchesOfAnEpoch);
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)(config.Seed + epoch));
        var order = randperm(rows.Count, generator: generator).data<long>().ToArray();
        var chosen = order.Skip(first * config.PerDeviceTrainBatchSize).Take(count * config.PerDeviceTrainBatchSize).Select(i => rows[(int)i]);
        if (config.SortInStep) chosen = chosen.OrderBy(row => row.Max(document => document.Ids.Length));
        return [.. chosen.Chunk(config.PerDeviceTrainBatchSize)];
    }

    private static void Save(RunFolder run, int step, long tokens, IReadOnlyList<(string name, Parameter parameter)> learnt, AdamW optimizer, TrainingLog log,
        JsonObject facts)
    {
        var state = facts.DeepClone().AsObject();
        (state["num_tokens"], state["log"]) = (tokens, log.ToJson());
        run.Save(step, learnt, optimizer, state, log.ToJsonLines());
    }

    /// <summary>What a checkpoint must share with this run: config, data, base.</summary>
    private JsonObject Facts() => new()
    {
        ["config"] = config.ToJson(), ["rows"] = rows.Count, ["rows_sha256"] = rows.Sha256, ["base_sha256"] = WeightHash.Of(model),
    };
}
