using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>y = W x + b, with the names and first weights of PyTorch's <c>nn.Linear</c>, by <see cref="MatrixProduct"/>.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    /// <summary><c>[out, in]</c>.</summary>
    public readonly Parameter weight;

    /// <summary><c>[out]</c>, or null.</summary>
    public readonly Parameter? bias;

    /// <summary>A map from <paramref name="input"/> to <paramref name="output"/> values; all weights are drawn from ±1/√input.</summary>
    public Linear(long input, long output, bool hasBias = true) : base(nameof(Linear))
    {
        weight = FirstWeights.Matrix(output, input);
        if (hasBias)
        {
            bias = nn.Parameter(empty(output));
            nn.init.uniform_(bias, -1 / Math.Sqrt(input), 1 / Math.Sqrt(input));
        }
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => MatrixProduct.Linear(x, weight, bias);   // [..., in] → [..., out]
}
