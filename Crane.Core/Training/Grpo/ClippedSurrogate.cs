using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>The clipped surrogate of PPO (arXiv 1707.06347, eq. 7) as GRPO takes it over (arXiv 2402.03300, eq. 3).</summary>
public static class ClippedSurrogate
{
    /// <summary>−min(ρ A, clip(ρ, 1 − ε_low, 1 + ε_high) A). With δ the unclipped ρ is capped at δ first (two-sided clipping, INTELLECT-2, arXiv
    /// 2505.07291).</summary>
    /// <remarks>Reports how many tokens (at the level of sequences: rows) lie where the gradient is cut off.</remarks>
    public static Surrogate Of(PolicyTerms t, GrpoConfig config)
    {
        var (low, high) = (1 - config.Epsilon, 1 + config.EpsilonUpper);
        var clipped = t.Ratio.clamp(Scalars.Keep(low), Scalars.Keep(high));
        var ratio = config.Delta is { } delta ? t.Ratio.clamp(max: Scalars.Keep(delta)) : t.Ratio;
        var loss = -minimum(ratio * t.Advantages, clipped * t.Advantages);
        Tensor Share(Tensor cut) => cut.to(t.LogProbs.dtype);
        var isLow = ratio.lt(Scalars.Keep(low)).logical_and(t.Advantages.lt(Scalars.Keep(0)));
        var isHigh = ratio.gt(Scalars.Keep(high)).logical_and(t.Advantages.gt(Scalars.Keep(0)));
        return new(loss,
        [
            new("clip_ratio/low_mean", Share(isLow), Masked.Mean),
            new("clip_ratio/high_mean", Share(isHigh), Masked.Mean),
            new("clip_ratio/region_mean", Share(isLow.logical_or(isHigh)), Masked.Mean),
            new("clip_ratio/low_min", Share(isLow), Masked.SmallestRowMean),
            new("clip_ratio/high_max", Share(isHigh), Masked.LargestRowMean),
        ]);
    }
}
