using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>Grouped-query attention: softmax(RoPE(norm(W_q x)) RoPE(norm(W_k x))ᵀ / √headDim) W_v x, then W_o; the norms only where the config has
/// them.</summary>
public sealed class SelfAttention : nn.Module
{
    private readonly int index, heads, kvHeads, headDim;
    [ComponentName(Name = "q_proj")] private readonly nn.Module<Tensor, Tensor> qProj;
    [ComponentName(Name = "k_proj")] private readonly nn.Module<Tensor, Tensor> kProj;
    [ComponentName(Name = "v_proj")] private readonly nn.Module<Tensor, Tensor> vProj;
    [ComponentName(Name = "o_proj")] private readonly nn.Module<Tensor, Tensor> oProj;
    [ComponentName(Name = "q_norm")] private readonly RmsNorm? qNorm;
    [ComponentName(Name = "k_norm")] private readonly RmsNorm? kNorm;

    /// <summary>Attention of layer number <paramref name="index"/>.</summary>
    public SelfAttention(TextConfig config, int index) : base(nameof(SelfAttention))
    {
        (this.index, heads, kvHeads, headDim) = (index, config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim);
        qProj = new Linear(config.HiddenSize, heads * headDim, hasBias: config.AttentionBias);
        kProj = new Linear(config.HiddenSize, kvHeads * headDim, hasBias: config.AttentionBias);
        vProj = new Linear(config.HiddenSize, kvHeads * headDim, hasBias: config.AttentionBias);
        oProj = new Linear(heads * headDim, config.HiddenSize, hasBias: config.OutputBias);
        if (config.QkNorm) (qNorm, kNorm) = (new RmsNorm(headDim, config.RmsNormEps), new RmsNorm(headDim, config.RmsNormEps));
        RegisterComponents();
    }

    /// <summary>One step through the attention.</summary>
    /// <param name="x"><c>[batch, length, hidden]</c>.</param>
    /// <param name="context">Angles, mask and cache.</param>
    public Tensor Forward(Tensor x, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (x.shape[0], x.shape[1]);
        var q = Normalised(qProj, qNorm, x).transpose(1, 2);                                          // [batch, heads, length, headDim]
        var k = Normalised(kProj, kNorm, x).transpose(1, 2);                                          // [batch, kvHeads, length, headDim]
        var v = vProj.call(x).view(batch, length, kvHeads, headDim).transpose(1, 2);                  // [batch, kvHeads, length, headDim]
        q = Rotary.Apply(q, context.Rotary);
        k = Rotary.Apply(k, context.Rotary);
        if (context.Cache is not null) (k, v) = context.Cache.Append(index, k, v);                    // [batch, kvHeads, total, headDim]
        var seen = length == 1 ? AttendOne(q, k, v, context.Mask) : Attend(q, k, v, context);         // [batch, length, heads × headDim]
        return oProj.call(seen).MoveToOuterDisposeScope();
    }

    private Tensor Normalised(nn.Module<Tensor, Tensor> projection, RmsNorm? norm, Tensor x)   // → [batch, length, heads or kvHeads, headDim]
    {
        var projected = projection.call(x).view(x.shape[0], x.shape[1], -1, headDim);
        return norm is null ? projected : norm.call(projected);
    }

    private Tensor Attend(Tensor q, Tensor k, Tensor v, AttentionContext context)
    {
        Tensor PerQueryHead(Tensor x) => kvHeads == heads ? x : x.unsqueeze(2).expand(-1, -1, heads / kvHeads, -1, -1).flatten(1, 2);
        (k, v) = (PerQueryHead(k), PerQueryHead(v));
        if (context.Watch is { } watch) watch($"layer.{index}.attention", Probabilities(q, k, context.Mask));
        var seen = F.scaled_dot_product_attention(q, k, v, attn_mask: context.Mask!, is_casual: context.Mask is null);
        return seen.transpose(1, 2).flatten(2);
    }

    /// <summary>One new token: the query heads of a group become the rows of one small matrix product, and keys need no copy.</summary>
    private Tensor AttendOne(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        var grouped = q.reshape(q.shape[0], kvHeads, heads / kvHeads, headDim);
        return F.scaled_dot_product_attention(grouped, k, v, attn_mask: mask!).reshape(q.shape[0], 1, heads * headDim);
    }

    private Tensor Probabilities(Tensor q, Tensor k, Tensor? mask)
    {
        var scores = q.matmul(k.transpose(-2, -1)) / Scalars.Keep(Math.Sqrt(headDim));   // [batch, heads, length, total]
        mask ??= ones(q.shape[2], k.shape[2], dtype: ScalarType.Bool, device: q.device).tril(k.shape[2] - q.shape[2]);
        return scores.masked_fill(mask.logical_not(), Scalars.Keep(double.NegativeInfinity)).softmax(-1).nan_to_num(0);   // a padded query sees nothing
    }
}
