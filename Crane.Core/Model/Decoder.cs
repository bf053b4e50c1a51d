using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Earlier views of the pictures, to be added after the first layers.</summary>
/// <param name="Rows">Places of the picture tokens in the flattened batch × length, <c>[tokens]</c> int64.</param>
/// <param name="Features">For each of the first layers <c>[tokens, hidden]</c>.</param>
public sealed record DeepStack(Tensor Rows, IReadOnlyList<Tensor> Features);

/// <summary>The decoder of both architectures: token vectors → layers → final norm.</summary>
public sealed class Decoder : nn.Module
{
    [ComponentName(Name = "embed_tokens")] private readonly Embedding tokens;
    [ComponentName(Name = "layers")] private readonly ModuleList<DecoderLayer> layers;
    [ComponentName(Name = "norm")] private readonly RmsNorm norm;

    /// <summary>A decoder with TorchSharp's fresh weights.</summary>
    public Decoder(TextConfig config) : base(nameof(Decoder))
    {
        tokens = FirstWeights.Embedding(config.VocabSize, config.HiddenSize);
        layers = nn.ModuleList([.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new DecoderLayer(config, i))]);
        norm = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        RegisterComponents();
    }

    /// <summary>The token embedding <c>[vocabulary, hidden]</c>, also the output head where they are tied.</summary>
    public Tensor EmbeddingWeight => tokens.weight!;

    /// <summary>The layers, from the input to the output.</summary>
    public IReadOnlyList<DecoderLayer> Layers => [.. layers];

    /// <summary>Whether a pass with gradients keeps only what enters each layer, and computes the rest again on the way back (Hugging Face:
    /// gradient_checkpointing).
    /// Same gradients to the last bit, less memory, a third to two thirds more time.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>Vectors of tokens, <c>[batch, length]</c> → <c>[batch, length, hidden]</c>.</summary>
    public Tensor Embed(Tensor ids) => tokens.call(ids);

    /// <summary>The final norm, <c>[…, hidden]</c>: what stands between any layer's output and the head when it is read as if it were the last.</summary>
    public Tensor Norm(Tensor x) => norm.call(x);

    /// <summary>Runs the layers.</summary>
    /// <param name="x"><c>[batch, length, hidden]</c>, picture features already in place.</param>
    /// <param name="context">Angles, mask and cache.</param>
    /// <param name="deepStack">Early picture features, or null.</param>
    /// <returns><c>[batch, length, hidden]</c> after the final norm. The watch sees <c>layer.N.in</c> and <c>layer.N</c> (before DeepStack is added);
    /// see also <see cref="AttentionContext"/> and <see cref="GatedMlp.Forward"/>.</returns>
    public Tensor Forward(Tensor x, AttentionContext context, DeepStack? deepStack = null)
    {
        using var scope = NewDisposeScope();
        x = Layered(x, context, deepStack, 0..layers.Count);
        context.Cache?.Advance(x.shape[1]);
        return norm.call(x).MoveToOuterDisposeScope();
    }

    /// <summary>Runs some of the layers, without the final norm and without counting up a cache.</summary>
    /// <param name="x">What enters the first of them, <c>[batch, length, hidden]</c>.</param>
    /// <param name="context">Angles, mask and cache.</param>
    /// <param name="deepStack">Early picture features, or null.</param>
    /// <param name="which">From the first to before the last.</param>
    /// <returns>What enters the layer behind them, <c>[batch, length, hidden]</c>.</returns>
    internal Tensor Layered(Tensor x, AttentionContext context, DeepStack? deepStack, Range which)
    {
        using var scope = NewDisposeScope();
        var recompute = GradientCheckpointing && is_grad_enabled() && context.Cache is null;
        if (recompute && !x.requires_grad) x = x.detach().requires_grad_(true);   // under a frozen embedding a layer's own weights would go without
        for (var i = which.Start.Value; i < which.End.Value; i++)
        {
            context.Watch?.Invoke($"layer.{i}.in", x);
            x = recompute ? GradientCheckpoint.Run(layers[i].Forward, x, context) : layers[i].Forward(x, context);
            x = Left(x, i, context, deepStack);
        }
        return x.alias().MoveToOuterDisposeScope();
    }

    /// <summary>The same from the down-projection of the first of the layers on; see <see cref="DecoderLayer.ToKeys"/>.</summary>
    internal Tensor LayeredFromKeys(Tensor seen, Tensor keys, AttentionContext context, DeepStack? deepStack, Range which)
    {
        using var scope = NewDisposeScope();
        var first = which.Start.Value;
        var x = Left(layers[first].FromKeys(seen, keys, context), first, context, deepStack);
        return Layered(x, context, deepStack, (first + 1)..which.End.Value).MoveToOuterDisposeScope();
    }

    /// <summary>What a layer has left behind, with the early picture features that follow it.</summary>
    private static Tensor Left(Tensor x, int layer, AttentionContext context, DeepStack? deepStack)
    {
        context.Watch?.Invoke($"layer.{layer}", x);
        return layer < deepStack?.Features.Count
            ? x.flatten(0, 1).index_add(0, deepStack.Rows, deepStack.Features[layer].to(x.dtype), Scalars.Keep(1)).view(x.shape) : x;
    }
}
