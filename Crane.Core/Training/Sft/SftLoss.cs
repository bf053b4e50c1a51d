using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Sft;

/// <summary>What a learnt token costs.</summary>
public static class SftLoss
{
    private static readonly IReadOnlyDictionary<string, Func<Tensor, Tensor>> OfLogProb = new Dictionary<string, Func<Tensor, Tensor>>
    {
        ["nll"] = Nll,
        ["dft"] = Dft,
    };

    /// <summary>The names (TRL: loss_type).</summary>
    public static IEnumerable<string> Types => OfLogProb.Keys;

    /// <summary>−log p of the label.</summary>
    /// <param name="labelLogProbs">log p of each label <c>[tokens]</c>.</param>
    public static Tensor Nll(Tensor labelLogProbs) => -labelLogProbs;

    /// <summary>−sg[p] log p: what the model finds unlikely pulls less, as in reinforcement learning. Dynamic fine-tuning, arXiv 2508.05629, eq. 9.</summary>
    public static Tensor Dft(Tensor labelLogProbs) => -labelLogProbs.detach().exp() * labelLogProbs;

    /// <summary>Costs of tokens; with label smoothing (1 − ε) cost + ε · mean over the vocabulary of −log p (Hugging Face <c>LabelSmoother</c>).</summary>
    /// <param name="logits"><c>[tokens, vocabulary]</c> float32.</param>
    /// <param name="labels"><c>[tokens]</c> int64.</param>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="labelSmoothing">ε.</param>
    /// <returns><c>[tokens]</c>.</returns>
    public static Tensor PerToken(Tensor logits, Tensor labels, string type = "nll", double labelSmoothing = 0)
    {
        using var scope = NewDisposeScope();
        var all = logits.log_softmax(-1);
        var cost = OfLogProb[type](all.gather(1, labels.unsqueeze(1)).squeeze(1));
        if (labelSmoothing > 0) cost = cost * Scalars.Keep(1 - labelSmoothing) - all.mean([-1]) * Scalars.Keep(labelSmoothing);
        return cost.MoveToOuterDisposeScope();
    }
}
