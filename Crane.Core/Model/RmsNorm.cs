using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>y = w ⊙ x / √(mean(x²) + ε) over the last axis, computed in float32 and cast back before the weight (Hugging Face <c>Qwen2RMSNorm</c>,
/// <c>Qwen3VLTextRMSNorm</c>).</summary>
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double eps;

    /// <summary>A norm of vectors of <paramref name="size"/> values, weight 1.</summary>
    public RmsNorm(int size, double eps) : base(nameof(RmsNorm))
    {
        weight = nn.Parameter(ones(size));
        this.eps = eps;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [..., size]
    {
        using var scope = NewDisposeScope();
        var wide = x.to(float32);
        var scale = (wide * wide).mean([-1], keepdim: true).Plus(Scalars.Keep(eps)).rsqrt();   // [..., 1]
        return (weight * (wide * scale).to(x.dtype)).MoveToOuterDisposeScope();
    }
}
