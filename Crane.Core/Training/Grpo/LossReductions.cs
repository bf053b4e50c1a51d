using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>What a reduction needs to know beside the tokens.</summary>
/// <param name="NumItemsInBatch">Tokens that count in the whole generation batch.</param>
/// <param name="AccumulationSteps">Micro batches of this optimiser step.</param>
/// <param name="Training">false: evaluation, where nothing is accumulated.</param>
public sealed record LossScale(long NumItemsInBatch, int AccumulationSteps = 1, bool Training = true)
{
    /// <summary>The divisor of means: micro batches of a step, 1 in evaluation.</summary>
    public int Parts => Training ? AccumulationSteps : 1;
}

/// <summary>From the losses of tokens <c>[rows, tokens]</c> to one number: how long and short completions weigh against each other. What comes out is the loss
/// of
/// one micro batch; the caller divides by <see cref="LossScale.Parts"/> where <see cref="GrpoLossType.DividesByParts"/> says so.</summary>
public static class LossReductions
{
    /// <summary>Each row weighs the same: mean over rows of the mean over its tokens. GRPO.</summary>
    public static Tensor MeanOfRowMeans(Tensor loss, Tensor mask, GrpoConfig config, LossScale scale) =>
        ((loss * mask).sum(-1) / mask.sum(-1).clamp(min: Scalars.Keep(1))).mean();

    /// <summary>Each token of the micro batch weighs the same. BNPO.</summary>
    public static Tensor MeanOfTokens(Tensor loss, Tensor mask, GrpoConfig config, LossScale scale) =>
        (loss * mask).sum() / mask.sum().clamp(min: Scalars.Keep(1));

    /// <summary>Each token weighs the same and the divisor is a constant, rows × max_completion_length: no bias towards any length. Dr. GRPO, arXiv
    /// 2503.20783.</summary>
    public static Tensor ConstantLength(Tensor loss, Tensor mask, GrpoConfig config, LossScale scale) =>
        (loss * mask).sum() / Scalars.Keep(mask.shape[0] * config.MaxCompletionLength);

    /// <summary>Each token of the generation batch weighs the same: the tokens of the generation batch, shared among its optimiser steps, are the divisor.
    /// DAPO,
    /// arXiv 2503.14476.</summary>
    public static Tensor SumOverItems(Tensor loss, Tensor mask, GrpoConfig config, LossScale scale)
    {
        float items = Math.Max(1, scale.NumItemsInBatch);   // float as in TRL, where the count becomes a float32 tensor
        return (loss * mask).sum() / Scalars.Keep((double)(scale.Training ? items * scale.AccumulationSteps / config.ResolvedStepsPerGeneration : items));
    }

    /// <summary>Each row weighs by its length: mean over rows of the sum over its tokens. LUSPO, arXiv 2602.05261.</summary>
    public static Tensor MeanOfRowSums(Tensor loss, Tensor mask, GrpoConfig config, LossScale scale) => (loss * mask).sum(-1).mean();
}
