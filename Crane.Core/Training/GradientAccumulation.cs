using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>A batch that is too large for memory, in parts.</summary>
public static class GradientAccumulation
{
    /// <summary>Adds to the gradients what the whole batch would: each part's mean loss counts as many times as it has labels (Hugging Face:
    /// num_items_in_batch).</summary>
    /// <param name="model">The model; its gradients are not cleared.</param>
    /// <param name="parts">Inputs with their labels <c>[batch, length]</c>.</param>
    /// <returns>The mean loss over all labels, in nats.</returns>
    /// <exception cref="ArgumentException">There is no part, or a part has no label.</exception>
    public static double Backward(CausalModel model, IReadOnlyList<(ModelInput Input, Tensor Labels)> parts)
    {
        if (parts.Count == 0) throw new ArgumentException("A batch needs at least one part.", nameof(parts));
        using var scope = NewDisposeScope();
        var counts = parts.Select(part => part.Labels[.., 1..].ne(Scalars.Keep(CausalLoss.Ignore)).sum().item<long>()).ToList();
        var total = 0.0;
        foreach (var ((input, labels), count) in parts.Zip(counts))
        {
            using var inner = NewDisposeScope();
            var loss = CausalLoss.Of(model, input, labels).Loss * Scalars.Keep((double)count / counts.Sum());
            loss.backward();
            total += loss.item<float>();
        }
        return total;
    }
}
