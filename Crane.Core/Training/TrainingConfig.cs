using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crane.Core.Training;

/// <summary>What SFT and GRPO share: Hugging Face's <c>TrainingArguments</c>, under its names and with its meanings. A step is an optimiser step: it reads
/// <see cref="GradientAccumulationSteps"/> micro batches of <see cref="PerDeviceTrainBatchSize"/> rows.</summary>
public abstract record TrainingConfig
{
    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Rows of a micro batch, at least 1.</summary>
    public int PerDeviceTrainBatchSize { get; init; } = 8;

    /// <summary>Micro batches of an optimiser step, at least 1.</summary>
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Passes over the data; may be a fraction. Not used when <see cref="MaxSteps"/> is given.</summary>
    public double NumTrainEpochs { get; init; } = 3;

    /// <summary>Optimiser steps of the run; below 1: <see cref="NumTrainEpochs"/> decides.</summary>
    public int MaxSteps { get; init; } = -1;

    /// <summary>The highest learning rate.</summary>
    public abstract double LearningRate { get; init; }

    /// <summary>One of <see cref="LearningRateSchedule.Types"/>.</summary>
    public string LrSchedulerType { get; init; } = "linear";

    /// <summary>Settings of the schedule; null: its defaults.</summary>
    public ScheduleConfig? LrSchedulerKwargs { get; init; }

    /// <summary>Steps in which the rate rises from 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Decoupled decay of matrices; norms and biases do not decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Decay of the mean of gradients.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second mean.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Largest norm of a gradient; 0: not clipped.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Computes layers again on the way back instead of keeping what they made: less memory, more time. At nano size memory is plenty: switch it
    /// off.</summary>
    public bool GradientCheckpointing { get; init; } = true;

    /// <summary>Steps between lines of the log; a line holds means since the one before it.</summary>
    public int LoggingSteps { get; init; } = 10;

    /// <summary>Whether the first step has a line of its own.</summary>
    public bool LoggingFirstStep { get; init; }

    /// <summary>Steps between checkpoints; the last step writes one too.</summary>
    public int SaveSteps { get; init; } = 500;

    /// <summary>Fixes order, samples and dropout.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>The optimiser's settings.</summary>
    internal AdamWConfig Optimizer =>
        new() { Beta1 = AdamBeta1, Beta2 = AdamBeta2, Eps = AdamEpsilon, WeightDecay = WeightDecay, Decays = AdamWConfig.MatricesOnly };

    /// <summary>Steps of a run whose epoch has so many micro batches. Hugging Face: <c>set_initial_training_values</c>.</summary>
    internal int TotalSteps(int microBatchesOfAnEpoch) => MaxSteps > 0 ? MaxSteps : (int)Math.Ceiling(NumTrainEpochs * StepsOfAnEpoch(microBatchesOfAnEpoch));

    /// <summary>Optimiser steps of an epoch; a last one that is not full counts.</summary>
    internal int StepsOfAnEpoch(int microBatches) => Math.Max(1, (microBatches + GradientAccumulationSteps - 1) / GradientAccumulationSteps);

    /// <summary>Which micro batches a step reads: a step does not reach over the end of an epoch, so the last of one may be shorter.</summary>
    /// <param name="step">Counted from 0.</param>
    /// <param name="microBatches">Micro batches of an epoch.</param>
    /// <returns>The epoch, the first of them inside it, and their number.</returns>
    internal (int Epoch, int First, int Count) MicroBatchesOf(int step, int microBatches)
    {
        var (epoch, inside) = Math.DivRem(step, StepsOfAnEpoch(microBatches));
        var first = inside * GradientAccumulationSteps;
        return (epoch, first, Math.Min(GradientAccumulationSteps, microBatches - first));
    }

    /// <summary>Whether a step writes a line of the log.</summary>
    /// <param name="step">Counted from 1.</param>
    internal bool Logs(int step) => step % LoggingSteps == 0 || step == 1 && LoggingFirstStep;

    /// <summary>All values under their names, as a checkpoint keeps them.</summary>
    internal JsonObject ToJson() => JsonSerializer.SerializeToNode(this, GetType(), Names)!.AsObject();

    /// <summary>Refuses values out of range; each message names field, range and value.</summary>
    private protected void CheckShared()
    {
        AtLeast(1, PerDeviceTrainBatchSize, "per_device_train_batch_size");
        AtLeast(1, GradientAccumulationSteps, "gradient_accumulation_steps");
        AtLeast(1, LoggingSteps, "logging_steps");
        AtLeast(1, SaveSteps, "save_steps");
        AtLeast(0, WarmupSteps, "warmup_steps");
        AtLeast(0, LearningRate, "learning_rate");
        AtLeast(0, WeightDecay, "weight_decay");
        AtLeast(0, MaxGradNorm, "max_grad_norm");
        Below1(AdamBeta1, "adam_beta1");
        Below1(AdamBeta2, "adam_beta2");
        AtLeast(0, AdamEpsilon, "adam_epsilon");
        if (MaxSteps < 1) AtLeast(double.Epsilon, NumTrainEpochs, "num_train_epochs (max_steps is not given)");
        OneOf(LearningRateSchedule.Types, LrSchedulerType, "lr_scheduler_type");
    }

    private protected static void AtLeast(double least, double value, string name)
    {
        if (!(value >= least)) throw new ArgumentException($"{name} is {value}, expected at least {least}.");
    }

    private static void Below1(double value, string name)
    {
        if (!(value >= 0 && value < 1)) throw new ArgumentException($"{name} is {value}, expected at least 0 and below 1.");
    }

    private protected static void Within(double least, double most, double value, string name)
    {
        if (!(value >= least && value <= most)) throw new ArgumentException($"{name} is {value}, expected {least} to {most}.");
    }

    private protected static void OneOf(IEnumerable<string> names, string value, string name)
    {
        if (!names.Contains(value)) throw new ArgumentException($"{name} is '{value}', expected one of {string.Join(", ", names)}.");
    }
}
