using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>What the attention of every layer shares in one pass.</summary>
/// <param name="Rotary">Angles of the new tokens, <c>[batch, 1, length, headDim]</c>.</param>
/// <param name="Mask">true where a query may look, <c>[batch, 1, length, total]</c>; null: every token sees itself and all before it.</param>
/// <param name="Cache">Earlier tokens, or null.</param>
/// <param name="Watch">Sees <c>layer.N.attention</c> (probabilities <c>[batch, heads, length, total]</c>), or null.</param>
public sealed record AttentionContext(RotaryTable Rotary, Tensor? Mask, KvCache? Cache, Watch? Watch);

/// <summary>x + attention(norm₁(x)), then x + mlp(norm₂(x)).</summary>
public sealed class DecoderLayer : nn.Module
{
    [ComponentName(Name = "input_layernorm")] private readonly RmsNorm normBeforeAttention;
    [ComponentName(Name = "self_attn")] private readonly SelfAttention attention;
    [ComponentName(Name = "post_attention_layernorm")] private readonly RmsNorm normBeforeMlp;
    [ComponentName(Name = "mlp")] private readonly GatedMlp mlp;

    /// <summary>Layer number <paramref name="index"/>.</summary>
    public DecoderLayer(TextConfig config, int index) : base(nameof(DecoderLayer))
    {
        normBeforeAttention = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        attention = new SelfAttention(config, index);
        normBeforeMlp = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        mlp = new GatedMlp(config.HiddenSize, config.IntermediateSize, hasBias: false);
        RegisterComponents();
    }

    /// <summary>One step through the layer.</summary>
    /// <param name="x"><c>[batch, length, hidden]</c>.</param>
    /// <param name="context">Angles, mask and cache.</param>
    public Tensor Forward(Tensor x, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var seen = x + attention.Forward(normBeforeAttention.call(x), context);
        return (seen + mlp.call(normBeforeMlp.call(seen))).MoveToOuterDisposeScope();
    }
}

/// <summary>W_d (silu(W_g x) ⊙ W_u x), in the decoder and, with biases, in Qwen2.5-VL's tower.</summary>
public sealed class GatedMlp : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "gate_proj")] private readonly nn.Module<Tensor, Tensor> gate;
    [ComponentName(Name = "up_proj")] private readonly nn.Module<Tensor, Tensor> up;
    [ComponentName(Name = "down_proj")] private readonly nn.Module<Tensor, Tensor> down;

    /// <summary>An MLP from <paramref name="hidden"/> values over <paramref name="intermediate"/> and back.</summary>
    public GatedMlp(int hidden, int intermediate, bool hasBias) : base(nameof(GatedMlp))
    {
        gate = nn.Linear(hidden, intermediate, hasBias);
        up = nn.Linear(hidden, intermediate, hasBias);
        down = nn.Linear(intermediate, hidden, hasBias);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [..., hidden]
    {
        using var scope = NewDisposeScope();
        return down.call(F.silu(gate.call(x)) * up.call(x)).MoveToOuterDisposeScope();
    }
}
