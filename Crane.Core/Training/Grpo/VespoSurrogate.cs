using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>VESPO (arXiv 2602.10693): the whole sequence's ratio weighs its tokens through a gamma-shaped curve.</summary>
public static class VespoSurrogate
{
    private const double Smallest = 1e-8, Largest = 20;

    /// <summary>−φ(w) A log π, where φ has no gradient.</summary>
    public static Surrogate Of(PolicyTerms t, GrpoConfig config)
    {
        var phi = Weights(t.Advantages, t.LogRatio, t.Mask, t.SamplerRatio, config);
        return new(-phi * t.Advantages * t.LogProbs, [new("vespo/phi_seq_mean", phi, Masked.Mean)]);
    }

    /// <summary>φ(w) = w^k exp(λ (1 − w)), which is 1 at w = 1; w is the product of a sequence's token ratios. k and λ depend on the sign of the
    /// advantage.</summary>
    /// <param name="advantages"><c>[rows, 1]</c> or <c>[rows, tokens]</c>.</param>
    /// <param name="logRatio">log π − log π_old <c>[rows, tokens]</c>.</param>
    /// <param name="mask"><c>[rows, tokens]</c>.</param>
    /// <param name="samplerRatio">Multiplies w, or null. As in TRL its columns are all taken, padding included: padding must hold 1.</param>
    /// <param name="config">Gives vespo_k and vespo_lambda for both signs.</param>
    /// <returns>The shape of <paramref name="advantages"/>, without gradient.</returns>
    public static Tensor Weights(Tensor advantages, Tensor logRatio, Tensor mask, Tensor? samplerRatio, GrpoConfig config)
    {
        using var none = no_grad();
        var (floor, ceiling) = (Scalars.Keep(Math.Log(Smallest)), Scalars.Keep(Largest));
        var logWeight = (logRatio.clamp(Scalars.Keep(-Largest), ceiling) * mask).sum(-1, keepdim: true);                     // [rows, 1]
        if (samplerRatio is not null) logWeight = logWeight.Plus(samplerRatio.log().clamp(floor, ceiling).sum(-1, keepdim: true));
        logWeight = logWeight.clamp(floor, ceiling);
        var positive = advantages.ge(Scalars.Keep(0));
        Tensor Everywhere(double value) => full_like(advantages, Scalars.Keep((double)(float)value));   // float32 as in TRL, whatever the type of the rest
        Tensor BySign(double up, double down) => where(positive, Everywhere(up), Everywhere(down));
        var (k, lambda) = (BySign(config.VespoKPos, config.VespoKNeg), BySign(config.VespoLambdaPos, config.VespoLambdaNeg));
        return ((k * logWeight).Plus(lambda) - lambda * logWeight.exp()).exp();
    }
}
