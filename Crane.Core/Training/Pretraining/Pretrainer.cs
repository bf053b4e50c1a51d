using System.Diagnostics;
using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Pretraining;

/// <summary>Settings of a pre-training run.</summary>
public sealed record PretrainingConfig
{
    /// <summary>Fixes weights, lessons and pictures.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Rows of a batch.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Learning rate after warm-up; each stage takes its share of it.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Share of the rate that is left at the end of a stage in which it falls.</summary>
    public double FinalRate { get; init; } = 0.02;

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmupSteps { get; init; } = 50;

    /// <summary>Largest norm of a gradient.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Steps between checkpoints.</summary>
    public int SaveSteps { get; init; } = 200;

    /// <summary>Optimiser.</summary>
    public AdamWConfig Optimizer { get; init; } = new() { Beta2 = 0.98, WeightDecay = 0.02, Decays = AdamWConfig.MatricesOnly };
}

/// <summary>Teaches a model from nothing.</summary>
public static class Pretrainer
{
    /// <summary>Runs, or goes on with, a pre-training: batch → loss → clipped gradient → AdamW.</summary>
    /// <param name="model">A model with the weights of the seed; a checkpoint in the folder takes their place.</param>
    /// <param name="encoder">Makes batches of rows.</param>
    /// <param name="lessons">The rows of every step.</param>
    /// <param name="config">Rates and sizes.</param>
    /// <param name="folder">Where checkpoints go.</param>
    /// <param name="progress">One report a step.</param>
    /// <param name="cancellationToken">Ends the run after the present step, with a checkpoint.</param>
    /// <returns>One record a step.</returns>
    public static IReadOnlyList<StepRecord> Run(QwenVl model, RowEncoder encoder, LessonStream lessons, PretrainingConfig config, TrainingFolder folder,
        IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        using var optimizer = new AdamW(model.named_parameters(), config.Optimizer);
        var history = folder.Restore(model, optimizer);
        model.train();
        while (history.Count < lessons.TotalSteps && !cancellationToken.IsCancellationRequested)
        {
            var record = Step(model, encoder, lessons, config, optimizer, history);
            history.Add(record);
            progress?.Report(new(record.Stage, record.Step, lessons.TotalSteps, $"loss {record.Loss:f3}, accuracy {record.MeanTokenAccuracy:p1}"));
            if (history.Count % config.SaveSteps == 0 || history.Count == lessons.TotalSteps) folder.Save(model, optimizer, history);
        }
        if (cancellationToken.IsCancellationRequested) folder.Save(model, optimizer, history);
        model.eval();
        return history;
    }

    private static StepRecord Step(QwenVl model, RowEncoder encoder, LessonStream lessons, PretrainingConfig config, AdamW optimizer, List<StepRecord> history)
    {
        using var scope = NewDisposeScope();
        var (step, start) = (history.Count, Stopwatch.GetTimestamp());
        var (stage, inside) = lessons.StageOf(step);
        var rows = lessons.Batch(step);
        var (input, labels) = encoder.Batch(rows);
        model.zero_grad();
        var (loss, accuracy) = CausalLoss.Of(model, input, labels);
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(model.parameters(), config.MaxGradNorm);
        var peak = config.LearningRate * stage.Peak;
        var rate = LearningRate.WarmUp(stage.Falls ? LearningRate.Cosine(peak, config.FinalRate, inside, stage.Steps) : peak, step, config.WarmupSteps);
        optimizer.Step(rate);
        var tokens = (history.LastOrDefault()?.NumTokens ?? 0) + rows.Sum(row => row.Ids.Length);
        return new(step + 1, stage.Name, loss.item<float>(), accuracy.item<float>(), norm, rate, tokens,
            Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3));
    }
}
