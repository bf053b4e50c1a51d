using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>What every model of the kit has: a decoder that reads tokens and a head that scores the next one.</summary>
public abstract class CausalModel(string name) : nn.Module(name)
{
    /// <summary>Sizes of the decoder.</summary>
    public abstract TextConfig TextConfig { get; }

    /// <summary>The decoder.</summary>
    public abstract Decoder Decoder { get; }

    /// <summary>The element type of the weights.</summary>
    public ScalarType Type => Decoder.EmbeddingWeight.dtype;

    /// <summary>Where the weights lie.</summary>
    public Device Device => Decoder.EmbeddingWeight.device;

    /// <summary>Scores of the next token at every place.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="watch">See <see cref="VisionTower.Forward"/> and <see cref="Model.Decoder.Forward"/>; also sees <c>embeddings</c>.</param>
    /// <returns>Logits <c>[batch, length, vocabulary]</c>. Rows of padding hold arbitrary numbers.</returns>
    /// <exception cref="ArgumentException">Tokens, pictures and mask do not fit each other; nothing was computed.</exception>
    public Tensor Forward(ModelInput input, Watch? watch = null)
    {
        using var scope = NewDisposeScope();
        return Logits(Hidden(input, watch: watch).Hidden).MoveToOuterDisposeScope();
    }

    /// <summary>Vectors after the final norm, before the head.</summary>
    /// <param name="input">The batch; with a cache its rows are the first tokens of each sequence.</param>
    /// <param name="cache">Filled with keys and values, or null.</param>
    /// <param name="features">Picture features computed before (their order as in the input), or null to compute them here.</param>
    /// <param name="watch">Observer, or null.</param>
    /// <returns><c>[batch, length, hidden]</c> and for each row the position of the token that would follow.</returns>
    public abstract (Tensor Hidden, long[] Next) Hidden(ModelInput input, KvCache? cache = null, VisionFeatures? features = null, Watch? watch = null);

    /// <summary>One more token for each row of a cache.</summary>
    /// <param name="ids">The tokens <c>[batch, 1]</c>.</param>
    /// <param name="position">Their positions <c>[batch]</c>.</param>
    /// <param name="mask">true where the cache holds a real token, the new one included, <c>[batch, 1, 1, total]</c>; null: everywhere.</param>
    /// <param name="cache">Earlier tokens; grows by one.</param>
    /// <returns>Logits <c>[batch, vocabulary]</c>.</returns>
    public Tensor Step(Tensor ids, Tensor position, Tensor? mask, KvCache cache)
    {
        using var scope = NewDisposeScope();
        var positions = position.view(1, -1, 1).expand(3, -1, -1);                                     // [3, batch, 1]
        var rotary = Rotary.Multimodal(positions, TextConfig).To(Type);
        var hidden = Decoder.Forward(Decoder.Embed(ids), new(rotary, mask, cache, null));              // [batch, 1, hidden]
        return Logits(hidden.squeeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Scores over the vocabulary, <c>[..., hidden]</c> → <c>[..., vocabulary]</c>.</summary>
    public abstract Tensor Logits(Tensor hidden);
}
