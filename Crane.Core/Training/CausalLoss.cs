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

    /// <summary>Mean of −log p(label) over the places that have a label, as Hugging Face's <c>ForCausalLMLoss</c>: the token at t is predicted from those before it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">The batch.</param>
    /// <param name="labels"><c>[batch, length]</c> int64, <see cref="Ignore"/> where nothing is learnt.</param>
    /// <returns>A scalar that carries gradients. The head is only computed where there is a label.</returns>
    public static Tensor Of(QwenVl model, ModelInput input, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var targets = labels[.., 1..].flatten();
        var learnt = targets.ne(Ignore).nonzero().squeeze(1);                                  // [places]
        var hidden = model.Hidden(input).Hidden[.., ..^1].flatten(0, 1).index_select(0, learnt);   // [places, hidden]
        return F.cross_entropy(model.Logits(hidden).to(float32), targets.index_select(0, learnt)).MoveToOuterDisposeScope();
    }
}
