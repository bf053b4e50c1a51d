using System.Text.Json.Serialization;
using Crane.Core.Model.Generation;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Settings of GRPO, with the names, defaults and meanings of TRL 1.16's <c>GRPOConfig</c>.</summary>
public sealed record GrpoConfig : TrainingConfig
{
    /// <inheritdoc/>
    public override double LearningRate { get; init; } = 1e-6;

    /// <summary>Completions a prompt, at least 2; they form a group.</summary>
    public int NumGenerations { get; init; } = 8;

    /// <summary>Completions a prompt in evaluation; null: <see cref="NumGenerations"/>.</summary>
    public int? NumGenerationsEval { get; init; }

    /// <summary>Most tokens of a completion.</summary>
    public int MaxCompletionLength { get; init; } = 512;

    /// <summary>Completions that are generated at once; null: a micro batch × <see cref="StepsPerGeneration"/>. Not together with that.</summary>
    public int? GenerationBatchSize { get; init; }

    /// <summary>Micro batches that one generation feeds; null: <see cref="TrainingConfig.GradientAccumulationSteps"/>, so that each step has fresh
    /// completions.</summary>
    public int? StepsPerGeneration { get; init; }

    /// <summary>How often each generation batch is learnt from (μ).</summary>
    public int NumIterations { get; init; } = 1;

    /// <summary>Whether prompts are shuffled in every epoch.</summary>
    public bool ShuffleDataset { get; init; } = true;

    /// <summary>Divides logits when sampling, and in all log-probabilities and entropies; above 0.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Samples among the likeliest that together reach this probability.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Samples among the k likeliest; 0: all.</summary>
    public int TopK { get; init; }

    /// <summary>Leaves out what is less likely than this share of the best; null: nothing.</summary>
    public double? MinP { get; init; }

    /// <summary>See <see cref="GenerationConfig.RepetitionPenalty"/>.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Weight of the KL term; 0: no reference model is needed.</summary>
    public double Beta { get; init; }

    /// <summary>Whether the KL term is multiplied by the importance weight, gradient included (DeepSeek-V3.2). It changes the gradient even at weight
    /// 1.</summary>
    public bool UseBiasCorrectionKl { get; init; } = true;

    /// <summary>ε: how far the ratio may fall below 1 before its gradient is cut.</summary>
    public double Epsilon { get; init; } = 0.2;

    /// <summary>How far it may rise above 1 (clip-higher of DAPO); null: <see cref="Epsilon"/>. In <c>cispo</c> the cap of the ratio itself.</summary>
    public double? EpsilonHigh { get; init; }

    /// <summary>Caps the unclipped ratio (two-sided clipping); null: no cap.</summary>
    public double? Delta { get; init; }

    /// <summary>SAPO's temperature where the advantage is not positive.</summary>
    public double SapoTemperatureNeg { get; init; } = 1.05;

    /// <summary>SAPO's temperature where the advantage is positive.</summary>
    public double SapoTemperaturePos { get; init; } = 1;

    /// <summary>VESPO's k where the advantage is not negative.</summary>
    public double VespoKPos { get; init; } = 2;

    /// <summary>VESPO's λ where the advantage is not negative.</summary>
    public double VespoLambdaPos { get; init; } = 3;

    /// <summary>VESPO's k where the advantage is negative.</summary>
    public double VespoKNeg { get; init; } = 3;

    /// <summary>VESPO's λ where the advantage is negative.</summary>
    public double VespoLambdaNeg { get; init; } = 2;

    /// <summary>One of <see cref="ImportanceRatio.Levels"/>.</summary>
    public string ImportanceSamplingLevel { get; init; } = "token";

    /// <summary>Weight of each reward function; null: all 1.</summary>
    public IReadOnlyList<double>? RewardWeights { get; init; }

    /// <summary>Whether weighted rewards are added and then normalised, or normalised each and then added: one of
    /// <see cref="Advantages.Aggregations"/>.</summary>
    public string MultiObjectiveAggregation { get; init; } = "sum_then_normalize";

    /// <summary>By what the difference to the group's mean is divided: one of <see cref="Advantages.Scales"/>. <c>normalize_then_sum</c> does not read
    /// it.</summary>
    public string ScaleRewards { get; init; } = "group";

    /// <summary>One of <see cref="GrpoLossType.All"/>.</summary>
    public string LossType { get; init; } = "dapo";

    /// <summary>Whether completions that were cut off at the limit count neither in the loss nor in its divisor.</summary>
    public bool MaskTruncatedCompletions { get; init; }

    /// <summary>Which share of the tokens, those of highest entropy, has a policy loss; 1: all.</summary>
    public double TopEntropyQuantile { get; init; } = 1;

    /// <summary>Weight of the entropy bonus, or its first weight where it is adaptive.</summary>
    public double EntropyCoef { get; init; }

    /// <summary>Whether the weight of the bonus follows the entropy.</summary>
    public bool UseAdaptiveEntropy { get; init; }

    /// <summary>Smallest weight of an adaptive bonus.</summary>
    public double EntropyCoefMin { get; init; }

    /// <summary>Largest weight of an adaptive bonus.</summary>
    public double EntropyCoefMax { get; init; } = 1;

    /// <summary>By how much the weight changes a step.</summary>
    public double EntropyCoefDelta { get; init; } = 0.005;

    /// <summary>Entropy (nats a token) at or below which the bonus acts and grows.</summary>
    public double EntropyTarget { get; init; } = 0.2;

    /// <summary>Mean log-ratio above which a completion of negative advantage is dropped; null: none is.</summary>
    public double? OffPolicyMaskThreshold { get; init; }

    /// <summary>Whether rollouts of another sampler (<see cref="IRolloutSource.IsPolicy"/> false) are weighed by <see cref="SamplerRatio"/>.</summary>
    public bool VllmImportanceSamplingCorrection { get; init; } = true;

    /// <summary>One of <see cref="SamplerRatio.Modes"/>.</summary>
    public string VllmImportanceSamplingMode { get; init; } = "sequence_mask";

    /// <summary>Largest ratio to the sampler; null: none.</summary>
    public double? VllmImportanceSamplingClipMax { get; init; } = 3;

    /// <summary>Smallest ratio to the sampler; null: none.</summary>
    public double? VllmImportanceSamplingClipMin { get; init; }

    /// <summary>A loss of your own in the place of <see cref="LossType"/>; null: that one.</summary>
    [JsonIgnore]
    public GrpoLossType? CustomLoss { get; init; }

    /// <summary>Advantages of your own in the place of <see cref="ScaleRewards"/> and <see cref="MultiObjectiveAggregation"/>: from rewards
    /// <c>[rows, functions]</c> (float32, NaN where one does not apply; groups are neighbours), their weights <c>[functions]</c> and the completions of a group
    /// to one finite number a row <c>[rows]</c>. null: those two.</summary>
    [JsonIgnore]
    public Func<Tensor, Tensor, int, Tensor>? CustomAdvantages { get; init; }

    /// <summary>The loss in force.</summary>
    [JsonIgnore]
    public GrpoLossType Loss => CustomLoss ?? GrpoLossType.All[LossType];

    /// <summary>The upper ε in force.</summary>
    [JsonIgnore]
    public double EpsilonUpper => EpsilonHigh ?? Epsilon;

    /// <summary>Micro batches of a generation.</summary>
    [JsonIgnore]
    public int ResolvedStepsPerGeneration =>
        StepsPerGeneration ?? (GenerationBatchSize is { } rows ? rows / PerDeviceTrainBatchSize : GradientAccumulationSteps);

    /// <summary>Completions of a generation.</summary>
    [JsonIgnore]
    public int ResolvedGenerationBatchSize => GenerationBatchSize ?? PerDeviceTrainBatchSize * ResolvedStepsPerGeneration;

    /// <summary>Different prompts of a generation.</summary>
    [JsonIgnore]
    public int PromptsPerGeneration => ResolvedGenerationBatchSize / NumGenerations;

    /// <summary>Micro batches from one generation to the next.</summary>
    [JsonIgnore]
    public int MicroBatchesPerGeneration => ResolvedStepsPerGeneration * NumIterations;

    /// <summary>Whether a completion is still learnt from after the policy has changed, so that log π_old must be computed beforehand.</summary>
    [JsonIgnore]
    public bool NeedsOldLogProbs => GradientAccumulationSteps % MicroBatchesPerGeneration != 0;

    /// <summary>How completions are sampled.</summary>
    internal GenerationConfig Sampling(IReadOnlyList<int> eos, int pad) => new()
    {
        DoSample = true, MaxNewTokens = MaxCompletionLength, Temperature = Temperature, TopK = TopK, TopP = TopP, MinP = MinP ?? 0,
        RepetitionPenalty = RepetitionPenalty, EosTokenIds = [.. eos], PadTokenId = pad,
    };

    /// <summary>This config, or an exception.</summary>
    /// <exception cref="ArgumentException">A value is out of range, or two contradict each other; both are named with their values.</exception>
    public GrpoConfig Checked()
    {
        CheckShared();
        CheckBatches();
        OneOf(GrpoLossType.All.Keys, LossType, "loss_type");
        OneOf(ImportanceRatio.Levels.Keys, ImportanceSamplingLevel, "importance_sampling_level");
        OneOf(Advantages.Aggregations, MultiObjectiveAggregation, "multi_objective_aggregation");
        OneOf(Advantages.Scales, ScaleRewards, "scale_rewards");
        OneOf(SamplerRatio.Modes, VllmImportanceSamplingMode, "vllm_importance_sampling_mode");
        AtLeast(1, MaxCompletionLength, "max_completion_length");
        AtLeast(1, NumIterations, "num_iterations");
        AtLeast(double.Epsilon, Temperature, "temperature");
        AtLeast(0, Beta, "beta");
        AtLeast(0, Epsilon, "epsilon");
        if (EpsilonHigh is { } high) AtLeast(0, high, "epsilon_high");
        if (Delta is { } delta) AtLeast(double.Epsilon, delta, "delta");
        Within(double.Epsilon, 1, TopP, "top_p");
        AtLeast(0, TopK, "top_k");
        if (MinP is { } least) Within(0, 1, least, "min_p");
        AtLeast(double.Epsilon, RepetitionPenalty, "repetition_penalty");
        if (NumGenerationsEval is { } evaluated) AtLeast(1, evaluated, "num_generations_eval");
        if (RewardWeights is { } weights && weights.Any(weight => !double.IsFinite(weight)))
            throw new ArgumentException($"reward_weights is [{string.Join(", ", weights)}]; every weight must be a finite number.");
        Within(0, 1, TopEntropyQuantile, "top_entropy_quantile");
        if (VllmImportanceSamplingClipMin > VllmImportanceSamplingClipMax)
            throw new ArgumentException($"vllm_importance_sampling_clip_min ({VllmImportanceSamplingClipMin}) lies above vllm_importance_sampling_clip_max "
                + $"({VllmImportanceSamplingClipMax}): every ratio would be out of bounds.");
        if (UseAdaptiveEntropy && (EntropyCoefMin > EntropyCoefMax || EntropyCoef < EntropyCoefMin || EntropyCoef > EntropyCoefMax))
            throw new ArgumentException($"entropy_coef ({EntropyCoef}) must lie between entropy_coef_min ({EntropyCoefMin}) and entropy_coef_max "
                + $"({EntropyCoefMax}), because use_adaptive_entropy keeps it there.");
        return this;
    }

    private void CheckBatches()
    {
        AtLeast(2, NumGenerations, "num_generations (an advantage is the difference to the other completions of a prompt)");
        if (StepsPerGeneration is { } steps) AtLeast(1, steps, "steps_per_generation");
        if (GenerationBatchSize is { } given && StepsPerGeneration is { } alsoGiven)
            throw new ArgumentException($"generation_batch_size ({given}) and steps_per_generation ({alsoGiven}) are both given, and one follows from the "
                + $"other (per_device_train_batch_size is {PerDeviceTrainBatchSize}); give one.");
        if (GenerationBatchSize is { } rows && (rows < 1 || rows % PerDeviceTrainBatchSize != 0))
            throw new ArgumentException($"generation_batch_size ({rows}) is not a multiple of per_device_train_batch_size ({PerDeviceTrainBatchSize}): a "
                + "generation is cut into whole micro batches.");
        if (ResolvedGenerationBatchSize % NumGenerations != 0)
            throw new ArgumentException($"The {ResolvedGenerationBatchSize} completions of a generation (per_device_train_batch_size "
                + $"{PerDeviceTrainBatchSize} × {ResolvedStepsPerGeneration} micro batches) do not divide into groups of "
                + $"num_generations ({NumGenerations}). Choose sizes whose product is a multiple of it, for example per_device_train_batch_size "
                + $"{NumGenerations}.");
    }
}
