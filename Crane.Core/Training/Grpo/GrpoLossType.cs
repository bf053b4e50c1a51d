using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>A policy loss: what a token costs, and how tokens add up.</summary>
/// <param name="Surrogate">The loss of every token.</param>
/// <param name="Reduce">To one number.</param>
/// <param name="DividesByParts">Whether the loss of a micro batch is divided by the number of micro batches of a step; not where the divisor already counts the
/// whole generation batch.</param>
public sealed record GrpoLossType(Func<PolicyTerms, GrpoConfig, Surrogate> Surrogate, Func<Tensor, Tensor, GrpoConfig, LossScale, Tensor> Reduce,
    bool DividesByParts = true)
{
    /// <summary>The losses by TRL's name (loss_type). A reader's own loss is another entry: <see cref="GrpoConfig.CustomLoss"/>.</summary>
    public static IReadOnlyDictionary<string, GrpoLossType> All { get; } = new Dictionary<string, GrpoLossType>
    {
        ["grpo"] = new(ClippedSurrogate.Of, LossReductions.MeanOfRowMeans),
        ["bnpo"] = new(ClippedSurrogate.Of, LossReductions.MeanOfTokens),
        ["dr_grpo"] = new(ClippedSurrogate.Of, LossReductions.ConstantLength),
        ["dapo"] = new(ClippedSurrogate.Of, LossReductions.SumOverItems, DividesByParts: false),
        ["luspo"] = new(ClippedSurrogate.Of, LossReductions.MeanOfRowSums),
        ["cispo"] = new(CispoSurrogate.Of, LossReductions.SumOverItems, DividesByParts: false),
        ["sapo"] = new(SapoSurrogate.Of, LossReductions.MeanOfRowMeans),
        ["vespo"] = new(VespoSurrogate.Of, LossReductions.SumOverItems, DividesByParts: false) { CorrectsSampler = true },
    };

    /// <summary>Whether the surrogate takes the sampler's ratio in itself, so that the loss is not multiplied by it again.</summary>
    public bool CorrectsSampler { get; init; }
}
