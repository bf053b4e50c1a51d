using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>The mean of the weights of several trainings that began at the same weights (a uniform model soup: Wortsman et al. 2022, arXiv 2203.05482). What
/// one training got wrong by the chance of its data, the others did not; the mean costs nothing when it answers.</summary>
public static class WeightSoup
{
    /// <summary>Puts the mean of all weights into the first model. The others are left as they are.</summary>
    /// <param name="models">Of one shape; at least one.</param>
    /// <exception cref="ArgumentException">There is no model, or a weight is missing or has another shape; the message names it. Nothing was
    /// changed.</exception>
    public static void Average(IReadOnlyList<CausalModel> models)
    {
        if (models.Count == 0) throw new ArgumentException("There are no weights to average.", nameof(models));
        using var none = no_grad();
        var weights = models.Select(model => model.named_parameters().ToDictionary(p => p.name, p => p.parameter)).ToList();
        foreach (var (name, first) in weights[0])
            foreach (var (other, i) in weights.Select((w, i) => (w.GetValueOrDefault(name), i)))
                if (other is null || !other.shape.SequenceEqual(first.shape))
                    throw new ArgumentException($"'{name}' of model {i}: expected the shape [{string.Join(", ", first.shape)}] of model 0, found "
                        + $"{(other is null ? "no such weight" : $"[{string.Join(", ", other.shape)}]")}.", nameof(models));
        foreach (var (name, first) in weights[0])
        {
            using var scope = NewDisposeScope();
            first.copy_(stack(weights.Select(w => w[name].to(ScalarType.Float64))).mean([0]));
        }
    }
}
