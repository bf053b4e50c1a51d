using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>x + attention(norm₁(x)), then x + mlp(norm₂(x)); patches see only their own frame.</summary>
public sealed class VisionBlock : nn.Module
{
    internal const double NormEps = 1e-6;

    [ComponentName(Name = "norm1")] private readonly nn.Module<Tensor, Tensor> normBeforeAttention;
    [ComponentName(Name = "norm2")] private readonly nn.Module<Tensor, Tensor> normBeforeMlp;
    [ComponentName(Name = "attn")] private readonly VisionAttention attention;
    [ComponentName(Name = "mlp")] private readonly VisionMlp mlp;

    /// <summary>A block of the tower's sizes.</summary>
    public VisionBlock(VisionConfig config) : base(nameof(VisionBlock))
    {
        normBeforeAttention = nn.LayerNorm(config.HiddenSize, NormEps);
        normBeforeMlp = nn.LayerNorm(config.HiddenSize, NormEps);
        attention = new VisionAttention(config);
        mlp = new VisionMlp(config);
        RegisterComponents();
    }

    /// <summary>One step through the block.</summary>
    /// <param name="x"><c>[patches, hidden]</c>.</param>
    /// <param name="rotary"><c>[patches, 1, headDim]</c>.</param>
    /// <param name="frames">Patches of each frame, in order; adds up to <c>patches</c>.</param>
    public Tensor Forward(Tensor x, RotaryTable rotary, IReadOnlyList<long> frames)
    {
        using var scope = NewDisposeScope();
        var seen = x + attention.Forward(normBeforeAttention.call(x), rotary, frames);
        return (seen + mlp.call(normBeforeMlp.call(seen))).MoveToOuterDisposeScope();
    }
}

/// <summary>Attention among the patches of a frame, with rotary positions of row and column.</summary>
public sealed class VisionAttention : nn.Module
{
    private readonly int heads;
    [ComponentName(Name = "qkv")] private readonly nn.Module<Tensor, Tensor> qkvProj;
    [ComponentName(Name = "proj")] private readonly nn.Module<Tensor, Tensor> outProj;

    /// <summary>Attention of the tower's sizes.</summary>
    public VisionAttention(VisionConfig config) : base(nameof(VisionAttention))
    {
        heads = config.NumHeads;
        qkvProj = nn.Linear(config.HiddenSize, 3 * config.HiddenSize);
        outProj = nn.Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>softmax(q kᵀ / √headDim) v in each frame.</summary>
    /// <param name="x"><c>[patches, hidden]</c>.</param>
    /// <param name="rotary"><c>[patches, 1, headDim]</c>, float32: the turn is computed in float32 (Hugging Face <c>apply_rotary_pos_emb_vision</c>).</param>
    /// <param name="frames">Patches of each frame.</param>
    public Tensor Forward(Tensor x, RotaryTable rotary, IReadOnlyList<long> frames)
    {
        using var scope = NewDisposeScope();
        var patches = x.shape[0];
        var qkv = qkvProj.call(x).view(patches, 3, heads, -1).unbind(1);                    // 3 × [patches, heads, headDim]
        var q = Rotary.Apply(qkv[0].to(float32), rotary).to(x.dtype);
        var k = Rotary.Apply(qkv[1].to(float32), rotary).to(x.dtype);
        var context = frames.All(size => size == frames[0])
            ? Attend(q, k, qkv[2], frames.Count)
            : cat([.. frames.Zip(Parts(q, frames).Zip(Parts(k, frames), Parts(qkv[2], frames))).Select(f => Attend(f.Second.First, f.Second.Second, f.Second.Third, 1))], dim: 0);
        return outProj.call(context.reshape(patches, -1)).MoveToOuterDisposeScope();
    }

    private static Tensor[] Parts(Tensor x, IReadOnlyList<long> sizes) => x.split([.. sizes], dim: 0);

    private static Tensor Attend(Tensor q, Tensor k, Tensor v, int frames)   // [frames × length, heads, headDim], frames of equal length
    {
        Tensor Heads(Tensor x) => x.unflatten(0, [frames, -1]).transpose(1, 2);              // [frames, heads, length, headDim]
        return F.scaled_dot_product_attention(Heads(q), Heads(k), Heads(v)).transpose(1, 2).flatten(0, 1);
    }
}

/// <summary>W₂ gelu(W₁ x + b₁) + b₂, with the tanh form of GELU.</summary>
public sealed class VisionMlp : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear_fc1")] private readonly nn.Module<Tensor, Tensor> up;
    [ComponentName(Name = "linear_fc2")] private readonly nn.Module<Tensor, Tensor> down;

    /// <summary>An MLP of the tower's sizes.</summary>
    public VisionMlp(VisionConfig config) : base(nameof(VisionMlp))
    {
        up = nn.Linear(config.HiddenSize, config.IntermediateSize);
        down = nn.Linear(config.IntermediateSize, config.HiddenSize);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [patches, hidden]
    {
        using var scope = NewDisposeScope();
        return down.call(F.gelu(up.call(x), TorchSharp.Modules.GELU.Approximate.tanh)).MoveToOuterDisposeScope();
    }
}
