using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="AlphaEdit"/>, with EasyEdit's names and defaults.</summary>
public sealed record AlphaEditConfig : LocateThenEditConfig
{
    /// <summary>The defaults of EasyEdit's AlphaEdit.</summary>
    public AlphaEditConfig() => (Layers, ClampNormFactor, VWeightDecay, VLr) = ([4, 5, 6, 7, 8], 0.75, 0.5, 0.1);

    /// <summary>Eigenvalues of C below this count as nothing.</summary>
    public double NullspaceThreshold { get; init; } = 2e-2;

    /// <summary>L₂ in the normal equations.</summary>
    public double L2 { get; init; } = 10;

    /// <summary>For the nano model.</summary>
    public static AlphaEditConfig Nano { get; } = new() { Layers = [1, 2], FactToken = FactToken.Last, VNumGradSteps = 50, ClampNormFactor = 8,
        VWeightDecay = 1e-3, VLr = 0.5, L2 = 1e-2,
        NullspaceThreshold = 1 };
}

/// <summary>The cut through the spectrum of a layer's keys.</summary>
/// <param name="Layer">Index of the layer.</param>
/// <param name="Threshold">The cut.</param>
/// <param name="Kept">Directions below it, in which the method may write.</param>
/// <param name="Eigenvalues">All eigenvalues of C, in rising order.</param>
public sealed record EigenvalueCut(int Layer, double Threshold, int Kept, IReadOnlyList<double> Eigenvalues);

/// <summary>AlphaEdit (arXiv 2410.02355): MEMIT's step, projected into the null space of the usual keys, so that what they are answered with does not
/// change.</summary>
/// <param name="model">The model.</param>
/// <param name="corpus">Questions whose keys are preserved.</param>
/// <param name="config">null: <see cref="AlphaEditConfig.Nano"/>.</param>
public sealed class AlphaEdit(VisionLanguageModel model, IReadOnlyList<Question> corpus, AlphaEditConfig? config = null)
    : SpreadEditor("AlphaEdit", model, corpus, config ?? AlphaEditConfig.Nano)
{
    private readonly AlphaEditConfig config = config ?? AlphaEditConfig.Nano;
    private readonly Dictionary<int, Tensor> projections = [];
    private readonly Dictionary<int, Tensor> earlier = (config ?? AlphaEditConfig.Nano).Layers.ToDictionary(layer => Layer(model, layer),
        _ => zeros(model.Model.Config.Text.IntermediateSize, model.Model.Config.Text.IntermediateSize, dtype: float64).DetachFromDisposeScope());

    /// <summary>The cut at each layer; empty before the first edit.</summary>
    public IReadOnlyList<EigenvalueCut> Cuts { get; private set; } = [];

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyValuePair<string, Tensor>> Remembered =>
        [.. earlier.Select(pair => KeyValuePair.Create($"keys.{pair.Key}", pair.Value))];

    /// <inheritdoc/>
    protected override void Ready(CancellationToken cancellationToken)
    {
        base.Ready(cancellationToken);
        foreach (var layer in Layers.Where(layer => !projections.ContainsKey(layer))) Project(layer);
    }

    /// <inheritdoc/>
    protected override Tensor Change(int layer, Tensor keys, Tensor residuals) =>
        ClosedForm.AlphaEdit(projections[layer], earlier[layer], keys, residuals, config.L2);

    /// <inheritdoc/>
    protected override void Remember(int layer, Tensor keys) => earlier[layer].add_(keys.matmul(keys.t()), Scalars.One);

    /// <inheritdoc/>
    protected override void Free()
    {
        base.Free();
        foreach (var tensor in projections.Values.Concat(earlier.Values)) tensor.Dispose();
        projections.Clear();
        earlier.Clear();
    }

    private void Project(int layer)
    {
        using var scope = NewDisposeScope();
        var (projection, eigenvalues, kept) = ClosedForm.NullSpace(SecondMoment(layer), config.NullspaceThreshold);
        if (kept == 0)
            throw new ArgumentException($"Layer {layer}: no eigenvalue lies below nullspace_threshold {config.NullspaceThreshold:g3} "
                + $"(the least is {eigenvalues[0].item<double>():g3}), so nothing could be written; raise the threshold.");
        projections[layer] = projection.DetachFromDisposeScope();
        Cuts = [.. Cuts, new(layer, config.NullspaceThreshold, kept, eigenvalues.data<double>().ToArray())];
    }
}
