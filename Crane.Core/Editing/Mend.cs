using Crane.Core.Model;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>MEND (arXiv 2110.11309): one gradient step on −log p(target | question), whose rank-one factors a trained hypernetwork has reshaped so that it
/// generalises and stays local.</summary>
/// <param name="network">The hypernetwork; it stays the caller's.</param>
public sealed class Mend(MendNetwork network) : WeightEditor("MEND", network.Model, network.Config)
{
    private readonly MendNetwork network = network;

    /// <inheritdoc/>
    protected override TargetForm Form => network.Config.TargetForm;

    /// <inheritdoc/>
    protected override IReadOnlyList<(string name, Parameter parameter)> Chosen => network.Matrices;

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (input, labels) = TargetBatch.Of(Model, edits, network.Config.TargetForm);
        var changes = network.Changes(input, labels, observe: false);
        using var none = no_grad();
        foreach (var ((_, weight), change) in network.Matrices.Zip(changes)) weight.add_(change, Scalars.One);
    }
}
