using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Rewards hesitation: coefficient × mean entropy is taken from the loss. The coefficient may follow the entropy (Skywork-OR1, arXiv
/// 2505.22312).</summary>
/// <param name="Coefficient">The one that is adapted, or the constant one.</param>
/// <param name="LastEntropy">Mean entropy of the tokens of the last optimiser step; infinite before the first.</param>
public sealed record EntropyBonus(double Coefficient, double LastEntropy = double.PositiveInfinity)
{
    /// <summary>Whether a config asks for a bonus at all.</summary>
    public static bool IsOn(GrpoConfig config) => config.EntropyCoef != 0 || config.UseAdaptiveEntropy;

    /// <summary>The coefficient of the present step. Adaptive: only while the *last* step's entropy was at or below the target.</summary>
    public double Applied(GrpoConfig config) => config.UseAdaptiveEntropy && LastEntropy > config.EntropyTarget ? 0 : Coefficient;

    /// <summary>After an optimiser step: the coefficient rises by entropy_coef_delta where the entropy is at or below the target, and falls
    /// elsewhere.</summary>
    /// <param name="entropy">Mean over all tokens of the step, nats.</param>
    /// <param name="config">Gives target, step and bounds.</param>
    public EntropyBonus After(double entropy, GrpoConfig config) => !config.UseAdaptiveEntropy ? this : new(entropy <= config.EntropyTarget
        ? Math.Min(Coefficient + config.EntropyCoefDelta, config.EntropyCoefMax)
        : Math.Max(Coefficient - config.EntropyCoefDelta, config.EntropyCoefMin), entropy);
}
