using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>x + attention(norm₁(x)), then x + mlp(norm₂(x)); patches see only their own segment, a frame or a window of it.</summary>
public sealed class VisionBlock : nn.Module
{
    [ComponentName(Name = "norm1")] private readonly nn.Module<Tensor, Tensor> normBeforeAttention;
    [ComponentName(Name = "norm2")] private readonly nn.Module<Tensor, Tensor> normBeforeMlp;
    [ComponentName(Name = "attn")] private readonly VisionAttention attention;
    [ComponentName(Name = "mlp")] private readonly nn.Module<Tensor, Tensor> mlp;

    /// <summary>A block of the tower's sizes.</summary>
    /// <param name="config">The tower.</param>
    /// <param name="norm">Makes each of its two norms of <c>[patches, hidden]</c>.</param>
    /// <param name="mlp">Its MLP.</param>
    public VisionBlock(VisionConfig config, Func<nn.Module<Tensor, Tensor>> norm, nn.Module<Tensor, Tensor> mlp) : base(nameof(VisionBlock))
    {
        (normBeforeAttention, normBeforeMlp) = (norm(), norm());
        attention = new VisionAttention(config);
        this.mlp = mlp;
        RegisterComponents();
    }

    /// <summary>One step through the block.</summary>
    /// <param name="x"><c>[patches, hidden]</c>.</param>
    /// <param name="rotary"><c>[patches, 1, headDim]</c>.</param>
    /// <param name="segments">Patches of each segment, in order; adds up to <c>patches</c>.</param>
    public Tensor Forward(Tensor x, RotaryTable rotary, IReadOnlyList<long> segments)
    {
        using var scope = NewDisposeScope();
        var seen = x.Plus(attention.Forward(normBeforeAttention.call(x), rotary, segments));
        return seen.Plus(mlp.call(normBeforeMlp.call(seen))).MoveToOuterDisposeScope();
    }
}

/// <summary>Attention among the patches of a segment, with rotary positions of row and column.</summary>
public sealed class VisionAttention : nn.Module
{
    private readonly int heads;
    [ComponentName(Name = "qkv")] private readonly nn.Module<Tensor, Tensor> qkvProj;
    [ComponentName(Name = "proj")] private readonly nn.Module<Tensor, Tensor> outProj;

    /// <summary>Attention of the tower's sizes.</summary>
    public VisionAttention(VisionConfig config) : base(nameof(VisionAttention))
    {
        heads = config.NumHeads;
        qkvProj = new Linear(config.HiddenSize, 3 * config.HiddenSize);
        outProj = new Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>softmax(q kᵀ / √headDim) v in each segment.</summary>
    /// <param name="x"><c>[patches, hidden]</c>.</param>
    /// <param name="rotary"><c>[patches, 1, headDim]</c>, float32: the turn is computed in float32 (Hugging Face <c>apply_rotary_pos_emb_vision</c>).</param>
    /// <param name="segments">Patches of each segment.</param>
    public Tensor Forward(Tensor x, RotaryTable rotary, IReadOnlyList<long> segments)
    {
        using var scope = NewDisposeScope();
        var patches = x.shape[0];
        var qkv = qkvProj.call(x).view(patches, 3, heads, -1).unbind(1);                    // 3 × [patches, heads, headDim]
        var q = Rotary.Apply(qkv[0].to(float32), rotary).to(x.dtype);
        var k = Rotary.Apply(qkv[1].to(float32), rotary).to(x.dtype);
        var context = segments.All(size => size == segments[0])
            ? Attend(q, k, qkv[2], segments.Count)
            : cat([.. Parts(q, segments).Zip(Parts(k, segments), Parts(qkv[2], segments)).Select(part => Attend(part.First, part.Second, part.Third, 1))],
                dim: 0);
        return outProj.call(context.reshape(patches, -1)).MoveToOuterDisposeScope();
    }

    private static Tensor[] Parts(Tensor x, IReadOnlyList<long> sizes) => x.split([.. sizes], dim: 0);

    private static Tensor Attend(Tensor q, Tensor k, Tensor v, int count)   // [count × length, heads, headDim], segments of equal length
    {
        Tensor Heads(Tensor x) => x.unflatten(0, [count, -1]).transpose(1, 2);               // [count, heads, length, headDim]
        return F.scaled_dot_product_attention(Heads(q), Heads(k), Heads(v)).transpose(1, 2).flatten(0, 1);
    }
}

/// <summary>Qwen3-VL's W₂ gelu(W₁ x + b₁) + b₂, with the tanh form of GELU.</summary>
public sealed class VisionMlp : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear_fc1")] private readonly nn.Module<Tensor, Tensor> up;
    [ComponentName(Name = "linear_fc2")] private readonly nn.Module<Tensor, Tensor> down;

    /// <summary>An MLP of the tower's sizes.</summary>
    public VisionMlp(VisionConfig config) : base(nameof(VisionMlp))
    {
        up = new Linear(config.HiddenSize, config.IntermediateSize);
        down = new Linear(config.IntermediateSize, config.HiddenSize);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [patches, hidden]
    {
        using var scope = NewDisposeScope();
        return down.call(F.gelu(up.call(x), TorchSharp.Modules.GELU.Approximate.tanh)).MoveToOuterDisposeScope();
    }
}
