using Crane.Core.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>Settings of <see cref="AdamW"/>, with PyTorch's defaults.</summary>
public sealed record AdamWConfig
{
    /// <summary>Decay of the running mean of gradients. PyTorch: betas[0].</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients. PyTorch: betas[1].</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second mean.</summary>
    public double Eps { get; init; } = 1e-8;

    /// <summary>Decoupled decay: each step shrinks the weights by learning rate × this.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Which parameters decay; null: all.</summary>
    public Func<string, Parameter, bool>? Decays { get; init; }

    /// <summary>The usual choice for transformers: matrices decay, norms and biases do not.</summary>
    public static bool MatricesOnly(string name, Parameter parameter) => parameter.dim() >= 2;
}

/// <summary>Adam with decoupled weight decay (arXiv 1711.05101), step for step as <c>torch.optim.AdamW</c>:
/// θ ← θ (1 − η λ); m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← θ − η m̂ / (√v̂ + ε).</summary>
public sealed class AdamW : IDisposable
{
    private sealed record Slot(string Name, Parameter Parameter, Tensor Mean, Tensor Square, double WeightDecay);

    private readonly AdamWConfig config;
    private readonly List<Slot> slots;

    /// <summary>An optimiser of the given parameters. Create it after the model has its final type, device and adapters.</summary>
    public AdamW(IEnumerable<(string name, Parameter parameter)> parameters, AdamWConfig config)
    {
        this.config = config;
        using var none = no_grad();
        slots = [.. parameters.Where(p => p.parameter.requires_grad).Select(p => new Slot(p.name, p.parameter,
            zeros_like(p.parameter).DetachFromDisposeScope(), zeros_like(p.parameter).DetachFromDisposeScope(),
            config.Decays?.Invoke(p.name, p.parameter) ?? true ? config.WeightDecay : 0))];
    }

    /// <summary>Updates done so far; set when a run is resumed.</summary>
    public long Steps { get; set; }

    /// <summary>State tensors by name; they belong to the optimiser. Written back, a run resumes bit for bit.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        slots.SelectMany(slot => (KeyValuePair<string, Tensor>[])[new(slot.Name + ".exp_avg", slot.Mean), new(slot.Name + ".exp_avg_sq", slot.Square)]);

    /// <summary>One update; parameters without a gradient stay as they are.</summary>
    /// <param name="learningRate">η of this step.</param>
    public void Step(double learningRate)
    {
        using var none = no_grad();
        Steps++;
        var (correction1, correction2) = (1 - Math.Pow(config.Beta1, Steps), 1 - Math.Pow(config.Beta2, Steps));
        foreach (var slot in slots)
        {
            if (slot.Parameter.grad is not { } gradient) continue;
            using var scope = NewDisposeScope();
            if (slot.WeightDecay != 0) slot.Parameter.mul_(Scalars.Keep(1 - learningRate * slot.WeightDecay));
            slot.Mean.mul_(Scalars.Keep(config.Beta1)).add_(gradient, alpha: Scalars.Keep(1 - config.Beta1));
            slot.Square.mul_(Scalars.Keep(config.Beta2)).addcmul_(gradient, gradient, value: Scalars.Keep(1 - config.Beta2));
            var denominator = slot.Square.sqrt().div_(Scalars.Keep(Math.Sqrt(correction2))).add_(Scalars.Keep(config.Eps), Scalars.One);
            slot.Parameter.addcdiv_(slot.Mean, denominator, value: Scalars.Keep(-learningRate / correction1));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.Mean.Dispose();
            slot.Square.Dispose();
        }
    }
}
