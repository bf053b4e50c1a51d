using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Training;

/// <summary>Cross-entropy of the next token.</summary>
public static class CausalLoss
{
    /// <summary>Label of a place that is not learnt.</summary>
    public const long Ignore = -100;

    /// <summary>Mean of −log p(label) over the places that have a label, as Hugging Face's <c>ForCausalLMLoss</c>: the token at t is predicted from those
    /// before it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The batch.</param>
    /// <param name="labels"><c>[batch, length]</c> int64, <see cref="Ignore"/> where nothing is learnt.</param>
    /// <param name="watch">Observer of the pass, or null.</param>
    /// <returns>The loss, a scalar that carries gradients, and the share of labels that are the likeliest token (TRL: mean_token_accuracy), a scalar.
    /// The head is only computed where there is a label.</returns>
    /// <exception cref="ArgumentException">No place has a label.</exception>
    public static (Tensor Loss, Tensor TokenAccuracy) Of(CausalModel model, ModelInput input, Tensor labels, Watch? watch = null) =>
        Of(model, () => model.Hidden(input, watch: watch).Hidden, labels);

    /// <summary>The same of a batch that is read from a layer on.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="labels"><c>[batch, length]</c> int64, <see cref="Ignore"/> where nothing is learnt.</param>
    /// <exception cref="ArgumentException">No place has a label.</exception>
    public static (Tensor Loss, Tensor TokenAccuracy) Of(UpperPass pass, Tensor labels) => Of(pass.Model, () => pass.Hidden(), labels);

    private static (Tensor Loss, Tensor TokenAccuracy) Of(CausalModel model, Func<Tensor> read, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var targets = labels[.., 1..].flatten();
        var learnt = targets.ne(Scalars.Keep(Ignore)).nonzero().squeeze(1);                                  // [places]
        if (learnt.numel() == 0) throw new ArgumentException($"No place of the {labels.shape[0]} rows has a label; all are {Ignore}.", nameof(labels));
        targets = targets.index_select(0, learnt);
        var hidden = read()[.., ..^1].flatten(0, 1).index_select(0, learnt);                              // [places, hidden]
        var logits = model.Logits(hidden).to(float32);                                         // [places, vocabulary]
        var accuracy = logits.detach().argmax(-1).eq(targets).to(float32).mean();
        return (F.cross_entropy(logits, targets).MoveToOuterDisposeScope(), accuracy.MoveToOuterDisposeScope());
    }
}
