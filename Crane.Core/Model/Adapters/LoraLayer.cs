using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model.Adapters;

/// <summary>LoRA at one linear map: y + s B A x. With DoRA the rows of W + s B A are scaled to learnt norms m:
/// (m / ‖W + s B A‖) ⊙ (W + s B A) x + b, the norm held constant in the backward pass (PEFT <c>lora/layer.py</c>, <c>lora/dora.py</c>).</summary>
internal sealed class LoraLayer : AdapterPart
{
    private readonly Linear linear;
    private readonly Parameter a, b;   // [r, in], [out, r]
    private readonly Parameter? magnitude, bias;   // [out], [out]
    private readonly double scaling, dropout;

    /// <summary>A fresh layer.</summary>
    /// <param name="name">The kit's name of the module.</param>
    /// <param name="linear">The map that is adapted.</param>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="config">Rank, strength, kind.</param>
    /// <param name="generator">Draws A (and B).</param>
    public LoraLayer(string name, Linear linear, string adapter, LoraConfig config, Generator generator) : base(name)
    {
        this.linear = linear;
        (scaling, dropout) = (config.ScalingOf(Path), config.LoraDropout);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var (rank, device) = (config.RankOf(Path), linear.weight.device);
        var (output, input) = (linear.weight.shape[0], linear.weight.shape[1]);
        // kaiming_uniform(a = √5)
        Tensor Uniform(long rows, long columns) => empty(rows, columns).uniform_(-1 / Math.Sqrt(columns), 1 / Math.Sqrt(columns), generator);
        var first = config.InitLoraWeights == "gaussian" ? empty(rank, input).normal_(0, 1.0 / rank, generator) : Uniform(rank, input);
        a = Learn(first.to(device), $".lora_A.{adapter}.weight", ".lora_A.weight");
        b = Learn((config.InitLoraWeights == "false" ? Uniform(output, rank) : zeros(output, rank)).to(device), $".lora_B.{adapter}.weight", ".lora_B.weight");
        if (config.UseDora) magnitude = Learn(Norms(), $".lora_magnitude_vector.{adapter}.weight", ".lora_magnitude_vector");
        if (config.Bias != "none" && linear.bias is { } own) bias = Learn(own, ".base_layer.bias", ".base_layer.bias");
    }

    /// <summary>Factor of the change.</summary>
    public double Scaling => scaling;

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, Tensor output)   // [..., in], [..., out] → [..., out]
    {
        using var scope = NewDisposeScope();
        var dropping = dropout > 0 && linear.training;
        var wide = dropping ? F.dropout(x.to(a.dtype), dropout, training: true) : x.to(a.dtype);
        var change = F.linear(F.linear(wide, a), b) * Scalars.Keep(scaling);
        if (magnitude is not null)
        {
            var share = magnitude / Norms();                                                            // [out]
            var own = dropping ? F.linear(wide, linear.weight.to(a.dtype)) : linear.bias is null ? output : output - linear.bias;
            change = ((share - Scalars.Keep(1)) * own).Plus(share * change);
        }
        var changed = output.Plus(change);
        if (bias is not null) changed = changed.Plus(bias - linear.bias!);
        return changed.to(output.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IEnumerable<(Parameter Base, Tensor Value)> Merged()
    {
        var weight = linear.weight.Plus(b.matmul(a) * Scalars.Keep(scaling));                                             // [out, in]
        if (magnitude is not null) weight = (magnitude / Norms()).unsqueeze(1) * weight;
        yield return (linear.weight, weight);
        if (bias is not null) yield return (linear.bias!, bias);
    }

    /// <summary>‖W + s B A‖ of each row, a constant <c>[out]</c>.</summary>
    private Tensor Norms()
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        return linear.weight.to(a.dtype).Plus(b.matmul(a) * Scalars.Keep(scaling)).norm(1).MoveToOuterDisposeScope();
    }
}
