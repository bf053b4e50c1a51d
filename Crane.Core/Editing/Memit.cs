using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="Memit"/>.</summary>
public sealed record MemitConfig : LocateThenEditConfig
{
    /// <summary>The defaults of EasyEdit's MEMIT.</summary>
    public MemitConfig() => (Layers, ClampNormFactor, VWeightDecay) = ([4, 5, 6, 7, 8], 0.75, 0.5);

    /// <summary>λ: the weight of the corpus. EasyEdit: mom2_update_weight.</summary>
    public double Mom2UpdateWeight { get; init; } = 15000;

    /// <summary>For the nano model.</summary>
    public static MemitConfig Nano { get; } = new() { Layers = [0, 1], FactToken = FactToken.Last, VNumGradSteps = 50, ClampNormFactor = 8, VWeightDecay = 1e-3,
        Mom2UpdateWeight = 100 };
}

/// <summary>MEMIT and AlphaEdit: values are found at the last of several layers, and each layer, from the first on, writes its share of what is still missing
/// there.</summary>
/// <param name="name">The field's name of the method.</param>
/// <param name="model">The model.</param>
/// <param name="corpus">Questions that stand for what must not change.</param>
/// <param name="config">The settings.</param>
public abstract class SpreadEditor(string name, VisionLanguageModel model, IReadOnlyList<Question> corpus, LocateThenEditConfig config)
    : LocateThenEdit(name, model, corpus, config)
{
    /// <summary>Mean norm of what was missing at the last layer before each layer was written, in the last application.</summary>
    public IReadOnlyList<double> ResidualNorms { get; private set; } = [];

    /// <inheritdoc/>
    protected sealed override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        var last = Layers[^1];
        var found = edits.Select(edit => ValueSearch.Of(Model, edit, last, Config, cancellationToken)).ToList();
        var wanted = edits.Zip(found, (edit, value) => Hidden(edit, last).Plus(value.Delta)).ToList();          // z: [hidden] each
        var norms = new List<double>();
        for (var i = 0; i < Layers.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var missing = stack(edits.Zip(wanted, (edit, z) => z - Hidden(edit, last)), dim: 1);            // [hidden, edits]
            norms.Add(missing.pow(Scalars.Keep(2)).sum(dim: 0).sqrt().mean().item<double>());
            Add(Layers[i], Change(Layers[i], Keys(edits, Layers[i]), missing / Scalars.Keep(Layers.Count - i)));
        }
        foreach (var layer in Layers) Remember(layer, Keys(edits, layer));
        (ResidualNorms, Losses) = (norms, [.. found.Select(value => value.Losses)]);
    }

    /// <summary>ΔW of one layer.</summary>
    /// <param name="layer">Index.</param>
    /// <param name="keys"><c>[intermediate, edits]</c>.</param>
    /// <param name="residuals">The layer's share, <c>[hidden, edits]</c>.</param>
    protected abstract Tensor Change(int layer, Tensor keys, Tensor residuals);

    /// <summary>Called once the edits are written.</summary>
    protected virtual void Remember(int layer, Tensor keys) { }

    private Tensor Keys(IReadOnlyList<Edit> edits, int layer) => stack(edits.Select(edit => ValueSearch.Key(Model, edit, layer, Config)), dim: 1);

    private Tensor Hidden(Edit edit, int layer) =>
        ValueSearch.At(Model, edit.Question, FactPlace.Of(Model, edit.Question, edit.Subject, Config.FactToken), $"layer.{layer}");
}

/// <summary>MEMIT (arXiv 2210.07229): many edits at once by least squares against the usual keys, spread over several layers.</summary>
/// <param name="model">The model.</param>
/// <param name="corpus">Questions over which keys are averaged.</param>
/// <param name="config">null: <see cref="MemitConfig.Nano"/>.</param>
public sealed class Memit(VisionLanguageModel model, IReadOnlyList<Question> corpus, MemitConfig? config = null)
    : SpreadEditor("MEMIT", model, corpus, config ?? MemitConfig.Nano)
{
    private readonly double weight = (config ?? MemitConfig.Nano).Mom2UpdateWeight;

    /// <inheritdoc/>
    protected override Tensor Change(int layer, Tensor keys, Tensor residuals) =>
        ClosedForm.Memit(SecondMoment(layer), keys, residuals, weight);
}
