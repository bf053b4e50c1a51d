using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Corrects for tokens that another program wrote than the one that trains (a server, other numerics): the ratio π_old / π_sampler weighs the loss.
/// TRL:
/// vllm_importance_sampling_correction.</summary>
public static class SamplerRatio
{
    /// <summary>How a ratio is taken and kept in bounds.</summary>
    /// <param name="Sequence">One ratio a row, the product of its tokens; otherwise one a token.</param>
    /// <param name="Masks">Out of bounds becomes 0; otherwise the bound.</param>
    private sealed record Mode(bool Sequence, bool Masks);

    private static readonly IReadOnlyDictionary<string, Mode> ByName = new Dictionary<string, Mode>
    {
        ["token_truncate"] = new(false, false),
        ["token_mask"] = new(false, true),
        ["sequence_truncate"] = new(true, false),
        ["sequence_mask"] = new(true, true),
    };

    /// <summary>The names (TRL: vllm_importance_sampling_mode).</summary>
    public static IEnumerable<string> Modes => ByName.Keys;

    /// <summary>The ratio.</summary>
    /// <param name="old">log π_old <c>[rows, tokens]</c>.</param>
    /// <param name="sampling">log π_sampler <c>[rows, tokens]</c>.</param>
    /// <param name="mask">1 where a token counts.</param>
    /// <param name="mode">One of <see cref="Modes"/>.</param>
    /// <param name="least">Lower bound, or null.</param>
    /// <param name="most">Upper bound, or null.</param>
    /// <returns><c>[rows, 1]</c> or <c>[rows, tokens]</c>; padding holds 1.</returns>
    public static Tensor Of(Tensor old, Tensor sampling, Tensor mask, string mode, double? least, double? most)
    {
        using var none = no_grad();
        var (sequence, masks) = (ByName[mode].Sequence, ByName[mode].Masks);
        var difference = (old - sampling) * mask;
        var ratio = (sequence ? difference.sum(-1, keepdim: true) : difference).exp();
        if (!masks) return ratio.clamp(min: Scalars.Keep(least ?? 0), max: Scalars.Keep(most ?? double.PositiveInfinity));
        var outside = ratio.gt(Scalars.Keep(most ?? double.PositiveInfinity)).logical_or(ratio.lt(Scalars.Keep(least ?? 0)));
        return ratio.masked_fill(outside, Scalars.Keep(0));
    }
}
