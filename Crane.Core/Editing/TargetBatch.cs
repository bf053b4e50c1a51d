using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Questions followed by their targets, as teacher forcing reads them.</summary>
public static class TargetBatch
{
    /// <summary>One row: the prompt, then the target's tokens, which carry the labels.</summary>
    /// <param name="model">Gives tokenizer and picture settings.</param>
    /// <param name="question">The prompt.</param>
    /// <param name="target">Text that follows it; nothing in it becomes a special token.</param>
    /// <returns>The input and labels <c>[1, length]</c>, <see cref="CausalLoss.Ignore"/> on the prompt.</returns>
    /// <exception cref="ArgumentException">Prompt and target together exceed the model's context.</exception>
    public static (ModelInput Input, Tensor Labels) Of(VisionLanguageModel model, Question question, string target) =>
        Of(model, [(question, model.Tokenizer.EncodeText(target))]);

    /// <summary>The edits' questions and targets, in one batch.</summary>
    /// <exception cref="ArgumentException">See <see cref="Targets.Of"/>; or a row exceeds the model's context.</exception>
    public static (ModelInput Input, Tensor Labels) Of(VisionLanguageModel model, IReadOnlyList<Edit> edits, TargetForm form) =>
        Of(model, [.. edits.Select(edit => (edit.Question, Targets.Of(model, edit, form)))]);

    /// <summary>Several rows, padded on the right.</summary>
    /// <param name="model">Gives tokenizer and picture settings.</param>
    /// <param name="rows">Questions and the tokens that follow each.</param>
    /// <returns>The input and labels <c>[rows, length]</c>, <see cref="CausalLoss.Ignore"/> on prompts and padding.</returns>
    /// <exception cref="ArgumentException">Prompt and target of a row together exceed the model's context.</exception>
    public static (ModelInput Input, Tensor Labels) Of(VisionLanguageModel model, IReadOnlyList<(Question Question, int[] Target)> rows)
    {
        var context = model.Model.Config.Text.MaxPositionEmbeddings;
        var encoded = rows.Select(row => (model.Prompts.Encode(row.Question), row.Target)).ToList();
        foreach (var ((prompt, _), target) in encoded)
            if (prompt.Length + target.Length > context)
                throw new ArgumentException($"Question and target have {prompt.Length} + {target.Length} tokens, the model's context is {context}.",
                    nameof(rows));
        var input = ModelInput.Pad([.. encoded.Select(row => (int[])[.. row.Item1.Ids, .. row.Target])], model.Prompts.PadId, left: false,
            [.. encoded.Select(row => row.Item1.Picture).OfType<VisionInput>()]);
        var length = (int)input.InputIds.shape[1];
        long[] labels = [.. encoded.SelectMany(row =>
            (IEnumerable<long>)[.. Enumerable.Repeat(CausalLoss.Ignore, row.Item1.Ids.Length), .. row.Target.Select(id => (long)id),
            .. Enumerable.Repeat(CausalLoss.Ignore, length - row.Item1.Ids.Length - row.Target.Length)])];
        return (input.To(model.Model.Device), tensor(labels, [rows.Count, length], device: model.Model.Device));
    }
}
