using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Keeps the tokens at which the policy hesitates most ("forking tokens", arXiv 2506.01939).</summary>
public static class EntropyMask
{
    /// <summary>1 where a token's entropy is at least the (1 − share) quantile over all tokens that count. A share of 0 keeps one token.</summary>
    /// <param name="entropies"><c>[rows, tokens]</c>.</param>
    /// <param name="mask">1 where a token counts <c>[rows, tokens]</c>.</param>
    /// <param name="share">Which share is kept, in [0, 1]. TRL: top_entropy_quantile.</param>
    /// <returns>The shape of <paramref name="entropies"/>, 0 or 1, without gradient.</returns>
    public static Tensor Of(Tensor entropies, Tensor mask, double share)
    {
        using var none = no_grad();
        var counts = mask.ne(Scalars.Keep(0));
        var values = entropies.masked_select(counts).to(float32);
        if (values.numel() == 0) return zeros_like(mask);
        var threshold = values.quantile(tensor((float)(1 - share)));
        return (entropies * mask).ge(threshold.to(entropies.dtype)).logical_and(counts).to(mask.dtype);
    }
}
