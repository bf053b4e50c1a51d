using Crane.Core.Model;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Editing;

/// <summary>MEND's hypernetwork for all matrices of one shape: z + U₂V₂(s ⊙ h + o), h = n + relu(U₁V₁n + b), n = norm(z), where z is a token's pair of input u
/// and
/// gradient δ (arXiv 2110.11309, eq. 3; EasyEdit <c>MEND.py</c>). U₂ begins at zero, so that a fresh network hands the gradient on as it is.</summary>
/// <remarks>The published code adds its residual around the normalised pair, which makes a fresh network no plain gradient step once it has seen data; here it
/// is around the pair itself.</remarks>
public sealed class GradientTransform : nn.Module
{
    [ComponentName(Name = "v1")] private readonly Parameter v1;
    [ComponentName(Name = "u1")] private readonly Parameter u1;
    [ComponentName(Name = "b1")] private readonly Parameter b1;
    [ComponentName(Name = "v2")] private readonly Parameter v2;
    [ComponentName(Name = "u2")] private readonly Parameter u2;
    [ComponentName(Name = "scale")] private readonly Parameter scale;
    [ComponentName(Name = "offset")] private readonly Parameter offset;
    private readonly int inputs;
    private Tensor mean, squares;

    /// <summary>A fresh network.</summary>
    /// <param name="inputs">Size of u.</param>
    /// <param name="outputs">Size of δ.</param>
    /// <param name="rank">Of both layers; at most inputs + outputs.</param>
    /// <param name="matrices">How many matrices share it; each has a scale and an offset of its own.</param>
    /// <param name="generator">Draws the weights.</param>
    public GradientTransform(int inputs, int outputs, int rank, int matrices, Generator generator) : base(nameof(GradientTransform))
    {
        using var scope = NewDisposeScope();
        var size = inputs + outputs;
        rank = Math.Min(rank, size);
        this.inputs = inputs;
        Tensor Draw(long rows, long columns) => randn([rows, columns], generator: generator) / Scalars.Keep(Math.Sqrt(columns));
        (v1, u1, b1) = (new(Draw(rank, size)), new(Draw(size, rank)), new(zeros(size)));
        (v2, u2) = (new(Draw(rank, size)), new(zeros(size, rank)));
        (scale, offset) = (new(ones(matrices, size)), new(zeros(matrices, size)));
        (mean, squares) = (zeros(size).DetachFromDisposeScope(), zeros(size).DetachFromDisposeScope());
        RegisterComponents();
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
    }

    /// <summary>Pairs that the norm has seen.</summary>
    public long Count { get; private set; }

    /// <summary>Running mean and sum of squared differences, for files.</summary>
    public (Tensor Mean, Tensor Squares) Norm => (mean, squares);

    /// <summary>Puts a saved norm back.</summary>
    public void SetNorm(Tensor mean, Tensor squares, long count)
    {
        this.mean.copy_(mean);
        this.squares.copy_(squares);
        Count = count;
    }

    /// <summary>Takes pairs into the norm (Welford's update, a batch at a time).</summary>
    public void Observe(Tensor u, Tensor delta)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        foreach (var z in cat([u, delta], dim: 1).unbind(0))
        {
            Count++;
            var away = z - mean;
            mean.add_(away / Scalars.Keep(Count), Scalars.One);
            squares.add_(away * (z - mean), Scalars.One);
        }
    }

    /// <summary>Transforms pairs.</summary>
    /// <param name="u">Inputs of a matrix, <c>[tokens, inputs]</c>.</param>
    /// <param name="delta">Gradients of its outputs, <c>[tokens, outputs]</c>.</param>
    /// <param name="matrix">Which of the matrices.</param>
    public (Tensor U, Tensor Delta) Forward(Tensor u, Tensor delta, int matrix)
    {
        using var scope = NewDisposeScope();
        var z = cat([u, delta], dim: 1);                                                           // [tokens, inputs + outputs]
        var n = Count < 2 ? z : (z - mean) / (squares / Scalars.Keep(Count - 1)).sqrt().Plus(Scalars.Keep(1e-7));
        var h = n.Plus(F.relu(F.linear(F.linear(n, v1), u1, b1)));
        var moved = z.Plus(F.linear(F.linear((scale[matrix] * h).Plus(offset[matrix]), v2), u2));
        return (moved[.., ..inputs].MoveToOuterDisposeScope(), moved[.., inputs..].MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            mean.Dispose();
            squares.Dispose();
        }
        base.Dispose(disposing);
    }
}
