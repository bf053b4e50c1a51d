using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Estimates of KL(π ‖ π_ref) from tokens that π wrote: of the log-probabilities of each token <c>[rows, tokens]</c>. Names: J. Schulman,
/// "Approximating KL divergence" (2020).</summary>
public static class KlEstimators
{
    /// <summary>log π − log π_ref: unbiased, of either sign.</summary>
    public static Tensor K1(Tensor logProbs, Tensor reference) => logProbs - reference;

    /// <summary>½ (log π − log π_ref)²: never negative, biased.</summary>
    public static Tensor K2(Tensor logProbs, Tensor reference) => (logProbs - reference).pow(Scalars.Keep(2)) * Scalars.Keep(0.5);

    /// <summary>exp(d) − d − 1 with d = log π_ref − log π: never negative, unbiased. The one that GRPO uses (arXiv 2402.03300, eq. 4).</summary>
    public static Tensor K3(Tensor logProbs, Tensor reference)
    {
        var d = reference - logProbs;
        return d.exp() - d - Scalars.Keep(1);
    }
}
