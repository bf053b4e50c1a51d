using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Evaluation.Metrics;

/// <summary>How a model rates target tokens that are fed to it, as the knowledge-editing literature reports it. The model writes nothing.</summary>
/// <param name="Accuracy">Share of the target tokens that are the likeliest one at their place, over the whole batch.</param>
/// <param name="ExactMatch">Share of the rows in which all are.</param>
/// <param name="LogProb">Mean log-probability of a target token.</param>
/// <param name="Prob">Mean probability of a target token.</param>
/// <param name="Tokens">Number of target tokens.</param>
public sealed record TargetScores(double Accuracy, double ExactMatch, double LogProb, double Prob, int Tokens)
{
    /// <summary>Id of <see cref="ExactMatch"/>.</summary>
    public const string ExactMatchId = "teacher-forced/exact-match";

    /// <summary>Id of <see cref="LogProb"/>.</summary>
    public const string LogProbId = "teacher-forced/log-prob";

    /// <summary>Id of <see cref="Accuracy"/> by <see cref="OfTargetOnly"/>.</summary>
    public const string TargetOnlyId = "teacher-forced/target-only-accuracy";

    /// <summary>Id of <see cref="Portability"/>.</summary>
    public const string PortabilityId = "teacher-forced/portability";

    private const long Ignored = -100;

    /// <summary>Negative log-likelihood per token.</summary>
    public double Nll => -LogProb;

    /// <summary>Labels lie beside the tokens; the prediction at t is compared with the label at t + 1 (EasyEdit <c>compute_multimodal_edit_quality</c>, its
    /// Hugging Face twin and
    /// <c>masked_log_probs</c> with multimodal=True).</summary>
    /// <param name="logits">[batch, length, vocabulary].</param>
    /// <param name="labels">[batch, length], −100 where nothing is asked.</param>
    public static TargetScores Of(Tensor logits, Tensor labels)
    {
        if (logits.dim() != 3 || labels.dim() != 2 || logits.shape[0] != labels.shape[0] || logits.shape[1] != labels.shape[1])
            throw new ArgumentException($"Logits are [{string.Join(", ", logits.shape)}], labels [{string.Join(", ", labels.shape)}]; expected [batch, length, vocabulary] and [batch, length].");
        using var scope = NewDisposeScope();
        return Score(logits[.., ..^1], labels[.., 1..]);
    }

    /// <summary>Labels are the target tokens alone; they are compared with the last predictions but one (VLKEB and the text path of EasyEdit,
    /// <c>masked_log_probs</c> with
    /// shift=True).</summary>
    /// <param name="logits">[batch, length, vocabulary]; the input ends in the target.</param>
    /// <param name="target">[batch, targetLength], −100 at padding; targetLength is less than length.</param>
    public static TargetScores OfTargetOnly(Tensor logits, Tensor target)
    {
        if (logits.dim() != 3 || target.dim() != 2 || logits.shape[0] != target.shape[0] || target.shape[1] >= logits.shape[1])
            throw new ArgumentException($"Logits are [{string.Join(", ", logits.shape)}], the target [{string.Join(", ", target.shape)}]; expected [batch, length, vocabulary] and " +
                "[batch, targetLength] with a targetLength below the length.");
        using var scope = NewDisposeScope();
        var (length, wanted) = (logits.shape[1], target.shape[1]);
        return Score(logits.narrow(1, length - 1 - wanted, wanted), target);
    }

    /// <summary>Mean accuracy over the portability questions of an edit (EasyEdit, VLKEB): each counts the same, however long its target.</summary>
    public static double Portability(IReadOnlyCollection<TargetScores> questions) =>
        questions.Count > 0 ? questions.Average(question => question.Accuracy)
            : throw new ArgumentException("There are no portability questions.", nameof(questions));

    // predictions [batch, places, vocabulary], targets [batch, places]
    private static TargetScores Score(Tensor predictions, Tensor targets)
    {
        var mask = targets.ne(Scalars.Keep(Ignored));
        var count = mask.sum().item<long>();
        if (count == 0) throw new ArgumentException("No label is left after the shift by one: the target must not stand at the first place alone.");
        var safe = targets.masked_fill(~mask, Scalars.Keep(0));
        var right = predictions.argmax(-1).eq(safe);                                // [batch, places]
        var logProbs = predictions.to(float32).log_softmax(-1).gather(-1, safe.unsqueeze(-1)).squeeze(-1).masked_select(mask);   // [count]
        return new(
            (right & mask).sum().item<long>() / (double)count,
            (right | ~mask).all(dim: -1).to(float64).mean().item<double>(),
            logProbs.to(float64).mean().item<double>(), logProbs.exp().to(float64).mean().item<double>(), (int)count);
    }
}
