using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="Rome"/>.</summary>
public sealed record RomeConfig : LocateThenEditConfig
{
    /// <summary>For the nano model.</summary>
    public static RomeConfig Nano { get; } = new() { Layers = [1], FactToken = FactToken.Last, VNumGradSteps = 50, ClampNormFactor = 8 };
}

/// <summary>ROME (arXiv 2202.05262): one rank-one change of one layer's down-projection, which from then on answers the subject's key with the value found for
/// the target.
/// The edits of a batch are written one after the other.</summary>
/// <param name="model">The model.</param>
/// <param name="corpus">Questions over which keys are averaged.</param>
/// <param name="config">null: <see cref="RomeConfig.Nano"/>.</param>
public sealed class Rome(VisionLanguageModel model, IReadOnlyList<Question> corpus, RomeConfig? config = null)
    : LocateThenEdit("ROME", model, corpus, config ?? RomeConfig.Nano)
{
    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        if (Layers.Count != 1) throw new ArgumentException($"ROME changes one layer, the settings name {Layers.Count}; use MEMIT for several.");
        var losses = new List<IReadOnlyList<double>>();
        foreach (var edit in edits)
        {
            using var scope = NewDisposeScope();
            var moment = SecondMoment(Layers[0]);
            var found = ValueSearch.Of(Model, edit, Layers[0], Config, cancellationToken);
            var weight = Weight(Layers[0]);
            Add(Layers[0], ClosedForm.Rome(weight, moment, found.Key, weight.mv(found.Key).Plus(found.Delta)));
            losses.Add(found.Losses);
        }
        Losses = losses;
    }
}
