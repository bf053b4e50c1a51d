using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Drops completions that the policy has moved away from and that would be made less likely still (DeepSeek-V3.2, arXiv 2512.02556, section
/// 3.1).</summary>
public static class OffPolicyMask
{
    /// <summary>1 where the advantage is not negative, or the mean of log π_sampler − log π over the row is at most the threshold.</summary>
    /// <param name="advantages"><c>[rows, 1]</c> or <c>[rows, tokens]</c>.</param>
    /// <param name="logProbs">log π <c>[rows, tokens]</c>.</param>
    /// <param name="sampling">log-probabilities of the sampler that wrote the tokens, of the same shape.</param>
    /// <param name="mask">1 where a token counts.</param>
    /// <param name="threshold">TRL: off_policy_mask_threshold.</param>
    /// <returns>The shape of <paramref name="advantages"/>, 0 or 1.</returns>
    public static Tensor Of(Tensor advantages, Tensor logProbs, Tensor sampling, Tensor mask, double threshold)
    {
        var divergence = ((sampling - logProbs.detach()) * mask).sum(1, keepdim: true) / mask.sum(1, keepdim: true).clamp(min: Scalars.Keep(1));   // [rows, 1]
        return advantages.ge(Scalars.Keep(0)).logical_or(divergence.le(Scalars.Keep(threshold))).to(mask.dtype);
    }
}
