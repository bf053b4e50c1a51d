using Crane.Core.Model;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>What ROME, MEMIT and AlphaEdit share: the down-projections of chosen layers, and the statistics of their keys, computed from the untouched model
/// at the first edit.</summary>
/// <param name="name">The field's name of the method.</param>
/// <param name="model">The model.</param>
/// <param name="corpus">Questions that stand for what must not change.</param>
/// <param name="config">The settings.</param>
public abstract class LocateThenEdit(string name, VisionLanguageModel model, IReadOnlyList<Question> corpus, LocateThenEditConfig config)
    : WeightEditor(name, model, config)
{
    private IReadOnlyList<KeyStatistics>? statistics;

    /// <summary>Indices of the changed layers, in rising order.</summary>
    protected IReadOnlyList<int> Layers { get; } = [.. config.Layers.Select(layer => Layer(model, layer)).Order()];

    /// <summary>The settings.</summary>
    protected LocateThenEditConfig Config { get; } = config;

    /// <summary>Losses of the search for the value of each edit of the last application.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Losses { get; protected set; } = [];

    /// <inheritdoc/>
    protected sealed override TargetForm Form => Config.TargetForm;

    /// <inheritdoc/>
    protected sealed override IReadOnlyList<(string name, Parameter parameter)> Chosen =>
        [.. Layers.Select(layer => Select(Model, [$"language_model.layers.{layer}.mlp.down_proj.weight"], []).Single())];

    /// <summary>Second moment of a layer's keys, with the ridge on its diagonal, <c>[intermediate, intermediate]</c> float64.</summary>
    protected Tensor SecondMoment(int layer)
    {
        var found = statistics!.Single(s => s.Layer == layer).SecondMoment;
        return found.Plus(eye(found.shape[0], dtype: float64) * (found.diagonal().mean() * Scalars.Keep(Config.Ridge)));
    }

    /// <summary>W of a layer, <c>[hidden, intermediate]</c> float64.</summary>
    protected Tensor Weight(int layer) => Parameter(layer).detach().cpu().to(float64);

    /// <summary>Adds ΔW to a layer.</summary>
    protected void Add(int layer, Tensor change)
    {
        using var none = no_grad();
        var parameter = Parameter(layer);
        parameter.copy_(Weight(layer).Plus(change));
    }

    /// <inheritdoc/>
    protected override void Ready(CancellationToken cancellationToken) => statistics ??= KeyStatistics.Of(Model, Layers, corpus, cancellationToken);

    /// <inheritdoc/>
    protected override void Free()
    {
        foreach (var layer in statistics ?? []) layer.Dispose();
        statistics = null;
    }

    private Parameter Parameter(int layer) => Chosen[Layers.ToList().IndexOf(layer)].parameter;
}
