using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>The loss of targets, read again and again while something in the model is learnt. What lies below the first layer that changes is read
/// once.</summary>
internal sealed class TargetPass
{
    private readonly Func<Tensor> loss;

    /// <summary>Prepares a batch of prompts and targets.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">See <see cref="TargetBatch"/>.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="changed">Names of the parameters that change.</param>
    public TargetPass(QwenVl model, ModelInput input, Tensor labels, IReadOnlyList<string> changed)
    {
        if (FirstLayer(changed) is not { } layer)
        {
            loss = () => CausalLoss.Of(model, input, labels).Loss;
            return;
        }
        var pass = new UpperPass(model, input, layer, fromKeys: changed.All(name => IsAboveKeys(name, layer)));
        loss = () => CausalLoss.Of(pass, labels).Loss;
    }

    /// <summary>Whether a parameter of the decoder's layers lies above what the down-projection of a layer is given.</summary>
    private static bool IsAboveKeys(string name, int layer) =>
        FirstLayer([name]) > layer || name.Contains($"language_model.layers.{layer}.mlp.down_proj.", StringComparison.Ordinal);

    /// <summary>Mean of −log p over the targets' tokens, a scalar that carries gradients.</summary>
    public Tensor Loss() => loss();

    /// <summary>The lowest layer of the decoder that the parameters lie in; null where one lies below the decoder's layers.</summary>
    internal static int? FirstLayer(IEnumerable<string> names)
    {
        const string layers = "language_model.layers.";
        int? first = null;
        foreach (var name in names)
        {
            var at = name.IndexOf(layers, StringComparison.Ordinal);
            if (at < 0) return null;
            var number = name[(at + layers.Length)..];
            var layer = int.Parse(number[..number.IndexOf('.', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture);
            first = Math.Min(first ?? layer, layer);
        }
        return first;
    }
}
