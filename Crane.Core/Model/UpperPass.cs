using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Passes of one batch that begin at a layer: what lies below it is computed once, without gradients. For methods that read the same batch many times
/// and change nothing below; the numbers are those of whole passes.</summary>
/// <remarks>Its tensors belong to the dispose scope in which it was made.</remarks>
public sealed class UpperPass
{
    private readonly Tensor x;
    private readonly AttentionContext context;
    private readonly DeepStack? deepStack;

    /// <summary>Reads a batch up to a layer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The batch.</param>
    /// <param name="layer">The first layer that passes go through, from 0; the layers before it, the pictures and the embedding must not change
    /// afterwards.</param>
    /// <exception cref="ArgumentException">Tokens, pictures and mask do not fit each other.</exception>
    public UpperPass(QwenVl model, ModelInput input, int layer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, model.Decoder.Layers.Count);
        (Model, Layer) = (model, layer);
        using var none = no_grad();
        (var entered, context, deepStack, _) = model.Enter(input, null, null, null);
        x = model.Decoder.Layered(entered, context, deepStack, 0..layer);
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
        var last = Model.Decoder.Layered(x, context with { Watch = watch }, deepStack, Layer..Model.Decoder.Layers.Count);
        return Model.Decoder.Norm(last).MoveToOuterDisposeScope();
    }
}
