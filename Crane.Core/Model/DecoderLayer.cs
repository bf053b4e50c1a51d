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
public sealed record AttentionContext(RotaryTable Rotary, Tensor? Mask, KvCache? Cache, Watch? Watch)
{
    /// <summary>The batch that is read; null while a cached sequence grows by one token.</summary>
    public ModelInput? Input { get; init; }
}

/// <summary>Changes what an MLP writes into the residual stream: the one place where editing methods may step into a pass.</summary>
/// <param name="keys">Inputs of the down-projection, <c>[batch, length, intermediate]</c>.</param>
/// <param name="values">What it makes of them, <c>[batch, length, hidden]</c>.</param>
/// <param name="context">The pass.</param>
/// <returns>What takes the place of the values; the values themselves where nothing changes.</returns>
public delegate Tensor MlpHook(Tensor keys, Tensor values, AttentionContext context);

/// <summary>x + attention(norm₁(x)), then x + mlp(norm₂(x)).</summary>
public sealed class DecoderLayer : nn.Module
{
    private readonly int index;
    [ComponentName(Name = "input_layernorm")] private readonly RmsNorm normBeforeAttention;
    [ComponentName(Name = "self_attn")] private readonly SelfAttention attention;
    [ComponentName(Name = "post_attention_layernorm")] private readonly RmsNorm normBeforeMlp;
    [ComponentName(Name = "mlp")] private readonly GatedMlp mlp;

    /// <summary>Layer number <paramref name="index"/>.</summary>
    public DecoderLayer(TextConfig config, int index) : base(nameof(DecoderLayer))
    {
        this.index = index;
        normBeforeAttention = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        attention = new SelfAttention(config, index);
        normBeforeMlp = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        mlp = new GatedMlp(config.HiddenSize, config.IntermediateSize, hasBias: false);
        RegisterComponents();
    }

    /// <summary>The MLP.</summary>
    public GatedMlp Mlp => mlp;

    /// <summary>One step through the layer.</summary>
    /// <param name="x"><c>[batch, length, hidden]</c>.</param>
    /// <param name="context">Angles, mask and cache.</param>
    public Tensor Forward(Tensor x, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var (seen, keys) = ToKeys(x, context);
        return FromKeys(seen, keys, context).MoveToOuterDisposeScope();
    }

    /// <summary>The layer up to its down-projection: what that is added to, <c>[batch, length, hidden]</c>, and what it is given, <c>[batch, length,
    /// intermediate]</c>.</summary>
    internal (Tensor Seen, Tensor Keys) ToKeys(Tensor x, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var seen = x.Plus(attention.Forward(normBeforeAttention.call(x), context));
        var keys = mlp.ToKeys(normBeforeMlp.call(seen), context, index);
        return (seen.MoveToOuterDisposeScope(), keys.MoveToOuterDisposeScope());
    }

    /// <summary>The rest of the layer: the down-projection and the hooks on it.</summary>
    internal Tensor FromKeys(Tensor seen, Tensor keys, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        return seen.Plus(mlp.FromKeys(keys, context, index)).MoveToOuterDisposeScope();
    }
}

/// <summary>W_d (silu(W_g x) ⊙ W_u x), in the decoder and, with biases, in Qwen2.5-VL's tower.</summary>
public sealed class GatedMlp : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "gate_proj")] private readonly nn.Module<Tensor, Tensor> gate;
    [ComponentName(Name = "up_proj")] private readonly nn.Module<Tensor, Tensor> up;
    [ComponentName(Name = "down_proj")] private readonly nn.Module<Tensor, Tensor> down;
    private readonly List<MlpHook> hooks = [];

    /// <summary>An MLP from <paramref name="hidden"/> values over <paramref name="intermediate"/> and back.</summary>
    public GatedMlp(int hidden, int intermediate, bool hasBias) : base(nameof(GatedMlp))
    {
        gate = new Linear(hidden, intermediate, hasBias);
        up = new Linear(hidden, intermediate, hasBias);
        down = new Linear(intermediate, hidden, hasBias);
        RegisterComponents();
    }

    /// <summary>The down-projection's weight, <c>[hidden, intermediate]</c>.</summary>
    public Tensor DownWeight => named_parameters().Single(p => p.name == "down_proj.weight").parameter;

    /// <summary>Lets a hook change this MLP's output until the result is disposed; several run in the order in which they came.</summary>
    public IDisposable Intervene(MlpHook hook)
    {
        hooks.Add(hook);
        return new Intervention(this, hook);
    }

    /// <summary>One step through the MLP of layer <paramref name="index"/>.</summary>
    /// <param name="x"><c>[batch, length, hidden]</c>.</param>
    /// <param name="context">The pass; its watch sees <c>layer.N.mlp.in</c>, <c>layer.N.mlp.gate_proj</c>, <c>layer.N.mlp.up_proj</c>,
    /// <c>layer.N.mlp.keys</c> (inputs of the down-projection) and <c>layer.N.mlp.down_proj</c> (before hooks).</param>
    /// <param name="index">Number of the layer, for the watch.</param>
    public Tensor Forward(Tensor x, AttentionContext context, int index)
    {
        using var scope = NewDisposeScope();
        return FromKeys(ToKeys(x, context, index), context, index).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [..., hidden]
    {
        using var scope = NewDisposeScope();
        return FromKeys(ToKeys(x, null, 0), null, 0).MoveToOuterDisposeScope();
    }

    /// <summary>What the down-projection is given, <c>[…, intermediate]</c>.</summary>
    internal Tensor ToKeys(Tensor x, AttentionContext? context, int index)
    {
        using var scope = NewDisposeScope();
        var (gates, ups) = (gate.call(x), up.call(x));                                             // [..., intermediate]
        var keys = F.silu(gates) * ups;
        if (context?.Watch is { } watch)
            foreach (var (point, value) in (ReadOnlySpan<(string, Tensor)>)[("in", x), ("gate_proj", gates), ("up_proj", ups), ("keys", keys)])
                watch($"layer.{index}.mlp.{point}", value);
        return keys.MoveToOuterDisposeScope();
    }

    /// <summary>What the MLP writes, <c>[…, hidden]</c>: the down-projection of the keys, changed by the hooks.</summary>
    internal Tensor FromKeys(Tensor keys, AttentionContext? context, int index)
    {
        using var scope = NewDisposeScope();
        var values = down.call(keys);                                                              // [..., hidden]
        context?.Watch?.Invoke($"layer.{index}.mlp.down_proj", values);
        if (context is not null)
            foreach (var hook in hooks) values = hook(keys, values, context);
        return values.MoveToOuterDisposeScope();
    }

    private sealed class Intervention(GatedMlp mlp, MlpHook hook) : IDisposable
    {
        public void Dispose() => mlp.hooks.Remove(hook);
    }
}
