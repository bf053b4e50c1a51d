using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>CISPO (MiniMax-M1, arXiv 2506.13585, eq. 4): every token keeps a gradient, only its weight is capped.</summary>
public static class CispoSurrogate
{
    /// <summary>−sg[min(ρ, ε_high)] A log π. ε_high caps ρ itself, not 1 + ε_high: the paper's setting is 5, TRL's default (ε = 0.2) caps almost every
    /// token.</summary>
    public static Surrogate Of(PolicyTerms t, GrpoConfig config)
    {
        var cap = Scalars.Keep(config.EpsilonUpper);
        var loss = -t.Ratio.clamp(max: cap).detach() * t.Advantages * t.LogProbs;
        var capped = t.Ratio.gt(cap).logical_and(t.Advantages.gt(Scalars.Keep(0)));
        return new(loss, [new("cispo_clip_ratio", capped.to(t.LogProbs.dtype), Masked.Mean)]);
    }
}
