using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>SAPO (arXiv 2511.20347): a smooth gate in the place of the clip.</summary>
public static class SapoSurrogate
{
    /// <summary>−σ(τ (ρ − 1)) · 4/τ · A, with τ = sapo_temperature_pos where A &gt; 0 and sapo_temperature_neg elsewhere.</summary>
    public static Surrogate Of(PolicyTerms t, GrpoConfig config)
    {
        Tensor Everywhere(double value) => full_like(t.Advantages, Scalars.Keep((double)(float)value));   // float32 as in TRL, whatever the type of the rest
        var temperature = where(t.Advantages.gt(Scalars.Keep(0)), Everywhere(config.SapoTemperaturePos), Everywhere(config.SapoTemperatureNeg));
        var gate = (temperature * (t.Ratio - Scalars.Keep(1))).sigmoid() * Scalars.Keep(4) / temperature;
        return new(-gate * t.Advantages, []);
    }
}
