using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>What a trained editor learns from: an edit, questions that it must change, and questions that it must leave.</summary>
/// <param name="Edit">The edit.</param>
/// <param name="Rephrases">Other questions with the same new answer; the last of a visual edit's may show another picture.</param>
/// <param name="Locality">Unrelated questions with the model's answers, in words or with pictures.</param>
public sealed record MetaExample(Edit Edit, IReadOnlyList<Question> Rephrases, IReadOnlyList<(Question Question, string Answer)> Locality);

/// <summary>The loss of MEND and SERAC as EasyEdit weighs it for pictures: 0.1 · −log p(target) on edited questions + KL on each unrelated one.</summary>
public static class MetaLoss
{
    /// <summary>Log-probabilities at the places that carry labels.</summary>
    /// <returns><c>[places, vocabulary]</c>.</returns>
    public static Tensor LogProbs(QwenVl model, ModelInput input, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var places = labels[.., 1..].flatten().ne(Scalars.Keep(CausalLoss.Ignore)).nonzero().squeeze(1);
        var hidden = model.Hidden(input).Hidden[.., ..^1].flatten(0, 1).index_select(0, places);
        return model.Logits(hidden).to(float32).log_softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Σ p (log p − log q) over the vocabulary, mean over the places: how far the edited model has gone from the untouched one.</summary>
    /// <param name="before">log p, <c>[places, vocabulary]</c>.</param>
    /// <param name="after">log q, the same shape.</param>
    public static Tensor Divergence(Tensor before, Tensor after) => (before.exp() * (before - after)).sum(-1).mean();

    /// <summary>The whole loss of one example, the edit being in force.</summary>
    /// <param name="model">The model with the edit.</param>
    /// <param name="example">The example.</param>
    /// <param name="before">Log-probabilities of the untouched model on each unrelated question.</param>
    /// <param name="editWeight">EasyEdit: cedit.</param>
    /// <param name="localityWeight">EasyEdit: cloc.</param>
    /// <param name="form">How the target is written.</param>
    public static Tensor Of(VisionLanguageModel model, MetaExample example, IReadOnlyList<Tensor> before, double editWeight, double localityWeight,
        TargetForm form)
    {
        using var scope = NewDisposeScope();
        var target = Targets.Of(model, example.Edit, form);
        var (input, labels) = TargetBatch.Of(model, [.. example.Rephrases.Prepend(example.Edit.Question).Select(question => (question, target))]);
        var loss = CausalLoss.Of(model.Model, input, labels).Loss * Scalars.Keep(editWeight);
        foreach (var ((question, answer), log) in example.Locality.Zip(before))
        {
            var (other, places) = TargetBatch.Of(model, question, answer);
            loss = loss.Plus(Divergence(log, LogProbs(model.Model, other, places)) * Scalars.Keep(localityWeight));
        }
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>What the untouched model says to the unrelated questions.</summary>
    public static List<Tensor> Before(VisionLanguageModel model, MetaExample example)
    {
        using var none = no_grad();
        return [.. example.Locality.Select(other =>
        {
            using var scope = NewDisposeScope();
            var (input, labels) = TargetBatch.Of(model, other.Question, other.Answer);
            return LogProbs(model.Model, input, labels).MoveToOuterDisposeScope();
        })];
    }
}
