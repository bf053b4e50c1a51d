using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Who may look at whom.</summary>
public static class AttentionMasks
{
    /// <summary>Causal mask with padding hidden.</summary>
    /// <param name="attention">1 at tokens, 0 at padding, <c>[batch, length]</c>; null: no padding.</param>
    /// <returns><c>[batch, 1, length, length]</c>, or null where the plain causal mask does: no padding, or padding only behind the tokens, which
    /// no token can see anyway. A padded query sees nothing: its attention is 0, as in Hugging Face.</returns>
    public static Tensor? Of(Tensor? attention)
    {
        if (attention is null) return null;
        using var scope = NewDisposeScope();
        var (length, real) = (attention.shape[1], attention.ne(Scalars.Keep(0)));
        if ((real[.., 1..].logical_and(real[.., ..^1].logical_not())).any().item<bool>() is false) return null;   // never a token after padding
        var causal = ones(length, length, dtype: ScalarType.Bool, device: attention.device).tril();
        return causal.logical_and(real.unsqueeze(1)).unsqueeze(1).MoveToOuterDisposeScope();
    }
}
