using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>A question followed by its target, as teacher forcing reads it.</summary>
public static class TargetBatch
{
    /// <summary>One row: the prompt, then the target's tokens, which carry the labels.</summary>
    /// <param name="model">Gives tokenizer and picture settings.</param>
    /// <param name="question">The prompt.</param>
    /// <param name="target">Text that follows it; nothing in it becomes a special token.</param>
    /// <returns>The input and labels <c>[1, length]</c>, <see cref="CausalLoss.Ignore"/> on the prompt.</returns>
    /// <exception cref="ArgumentException">Prompt and target together exceed the model's context.</exception>
    public static (ModelInput Input, Tensor Labels) Of(VisionLanguageModel model, Question question, string target)
    {
        var (prompt, picture) = model.Prompts.Encode(question);
        var answer = model.Tokenizer.EncodeText(target);
        var context = model.Model.Config.Text.MaxPositionEmbeddings;
        if (prompt.Length + answer.Length > context) throw new ArgumentException($"Question and target have {prompt.Length} + {answer.Length} tokens, the model's context is {context}.", nameof(target));
        var input = ModelInput.Pad([[.. prompt, .. answer]], model.Prompts.PadId, left: false, picture is null ? null : [picture]);
        long[] labels = [.. Enumerable.Repeat(CausalLoss.Ignore, prompt.Length), .. answer.Select(id => (long)id)];
        return (input.To(model.Model.Device), tensor(labels, [1, labels.Length], device: model.Model.Device));
    }
}
