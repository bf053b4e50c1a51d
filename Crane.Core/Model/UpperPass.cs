using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Passes of one batch that begin at a layer, or at its down-projection: what lies below is computed once, without gradients. For methods that read
/// the same batch many times and change nothing below; the numbers are those of whole passes.</summary>
/// <remarks>Its tensors belong to the dispose scope in which it was made.</remarks>
public sealed class UpperPass
{
    private readonly Tensor x;
    private readonly Tensor? keys;   // of the layer's down-projection, where passes begin there; x is then what it is added to
    private readonly AttentionContext context;
    private readonly DeepStack? deepStack;

    /// <summary>Reads a batch up to a layer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The batch.</param>
    /// <param name="layer">The first layer that passes go through, from 0; the layers before it, the pictures and the embedding must not change
    /// afterwards.</param>
    /// <param name="fromKeys">Passes begin at the layer's down-projection; its attention, its norms and the rest of its MLP must not change either.</param>
    /// <exception cref="ArgumentException">Tokens, pictures and mask do not fit each other.</exception>
    public UpperPass(QwenVl model, ModelInput input, int layer, bool fromKeys = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, model.Decoder.Layers.Count);
        (Model, Layer) = (model, layer);
        using var none = no_grad();
        (var entered, context, deepStack, _) = model.Enter(input, null, null, null);
        x = model.Decoder.Layered(entered, context, deepStack, 0..layer);
        if (fromKeys) (x, keys) = model.Decoder.Layers[layer].ToKeys(x, context);
    }

    /// <summary>The model.</summary>
    public QwenVl Model { get; }

    /// <summary>The first layer that passes go through.</summary>
    public int Layer { get; }

    /// <summary>Vectors after the final norm, <c>[batch, length, hidden]</c>; carries gradients to all from the layer on.</summary>
    /// <param name="watch">Sees the layers from <see cref="Layer"/> on, or null.</param>
    public Tensor Hidden(Watch? watch = null)
    {
        using var scope = NewDisposeScope();
        var (watched, which) = (context with { Watch = watch }, Layer..Model.Decoder.Layers.Count);
        var last = keys is null ? Model.Decoder.Layered(x, watched, deepStack, which)
            : Model.Decoder.LayeredFromKeys(x, keys, watched, deepStack, which);
        return Model.Decoder.Norm(last).MoveToOuterDisposeScope();
    }
}
