using Crane.Core.Model;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>A method that changes weights of the model in place.</summary>
/// <param name="name">The field's name of the method.</param>
/// <param name="model">The model.</param>
/// <param name="config">The settings; a record.</param>
public abstract class WeightEditor(string name, VisionLanguageModel model, object config) : Editor(name, model, config)
{
    /// <summary>The model.</summary>
    protected VisionLanguageModel Model { get; } = model;

    /// <summary>The parameters that the method may change.</summary>
    protected abstract IReadOnlyList<(string name, Parameter parameter)> Chosen { get; }

    /// <summary>What the method remembers besides weights; changed in place, zero before the first edit.</summary>
    protected virtual IReadOnlyList<KeyValuePair<string, Tensor>> Remembered => [];

    /// <inheritdoc/>
    protected sealed override IReadOnlyList<KeyValuePair<string, Tensor>> Touched => [.. Chosen.Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter))];

    /// <inheritdoc/>
    protected sealed override long ParametersTouched => Chosen.Sum(p => p.parameter.numel());

    /// <inheritdoc/>
    protected sealed override Dictionary<string, Tensor> Capture() => Copies([.. Touched, .. Remembered]);

    /// <inheritdoc/>
    protected sealed override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        using var none = no_grad();
        var targets = Touched.Concat(Remembered).ToList();
        foreach (var (key, tensor) in targets)
            if (!state.TryGetValue(key, out var saved) || !saved.shape.SequenceEqual(tensor.shape))
                throw new InvalidDataException($"'{key}' is [{string.Join(", ", tensor.shape)}] here, the state has "
                    + $"{(saved is null ? "no such tensor" : $"[{string.Join(", ", saved.shape)}]")}; it belongs to a model of another shape.");
        foreach (var (key, tensor) in targets) tensor.copy_(state[key]);
    }

    /// <summary>Parameters whose names begin with one of the prefixes, in which <c>{}</c> stands for each of the layers (negative: counted from the
    /// last).</summary>
    /// <exception cref="ArgumentException">A prefix matches nothing, or there is no such layer.</exception>
    protected static List<(string name, Parameter parameter)> Select(VisionLanguageModel model, IReadOnlyList<string> prefixes, IReadOnlyList<int> layers)
    {
        var wanted = prefixes.SelectMany(prefix => !prefix.Contains("{}", StringComparison.Ordinal) ? [prefix]
            : layers.Select(layer => prefix.Replace("{}", $"{Layer(model, layer)}", StringComparison.Ordinal))).ToList();
        var all = model.Model.named_parameters().ToList();
        foreach (var prefix in wanted)
            if (!all.Any(p => p.name.StartsWith(prefix, StringComparison.Ordinal)))
                throw new ArgumentException($"No parameter begins with '{prefix}'; the model is of another shape than the settings. "
                    + $"Its parameters are called like {all[0].name} and {all[^1].name}.");
        return [.. all.Where(p => wanted.Any(prefix => p.name.StartsWith(prefix, StringComparison.Ordinal)))];
    }

    /// <summary>The index of a layer that may be counted from the last (−1).</summary>
    /// <exception cref="ArgumentException">The decoder has no such layer.</exception>
    internal static int Layer(VisionLanguageModel model, int layer)
    {
        var count = model.Model.Config.Text.NumHiddenLayers;
        return layer < -count || layer >= count
            ? throw new ArgumentException($"The decoder has {count} layers, layer {layer} is none of them; the settings belong to a model of another shape.")
            : layer < 0 ? count + layer : layer;
    }
}
