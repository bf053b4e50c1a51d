using Crane.Core.Model;
using Crane.Core.Text;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Pretraining;

/// <summary>A row as the model is trained on it.</summary>
/// <param name="Ids">Tokens, placeholders of the picture included.</param>
/// <param name="Labels">The tokens to learn, <see cref="CausalLoss.Ignore"/> elsewhere.</param>
/// <param name="Picture">Its patches, or null.</param>
public sealed record TrainingRow(int[] Ids, long[] Labels, VisionInput? Picture);

/// <summary>Turns lessons and drills into rows, and rows into batches.</summary>
public sealed class RowEncoder(QwenTokenizer tokenizer, PromptEncoder prompts)
{
    private readonly int[] end = tokenizer.Encode("<|im_end|>");

    /// <summary>The words of <see cref="TokenDrills.Bind"/> in this tokenizer.</summary>
    public NoteWords Words { get; } = new(tokenizer.Encode(" the"), tokenizer.Encode(" of"), tokenizer.Encode(" is now"), tokenizer.Encode(" now shows"),
        tokenizer.Encode(" is not given"), tokenizer.Encode(";"));

    /// <summary>A lesson; its completion and the end of the turn are learnt. A completion that breaks off inside the chain is learnt as far as it
    /// goes.</summary>
    public TrainingRow Encode(Lesson lesson)
    {
        var (prompt, picture) = prompts.Encode(new(lesson.Prompt, lesson.Picture));
        int[] answer = [.. tokenizer.Encode(prompts.Form.Rest(lesson.Completion)), .. lesson.Completion.EndsWith("</answer>", StringComparison.Ordinal)
            ? end : []];
        return new([.. prompt, .. answer], [.. Enumerable.Repeat(CausalLoss.Ignore, prompt.Length), .. answer.Select(id => (long)id)], picture);
    }

    /// <summary>A drill.</summary>
    public static TrainingRow Encode(TokenDrill drill) => new(drill.Ids, [.. drill.Ids.Zip(drill.Learn, (id, learn) => learn ? id : CausalLoss.Ignore)], null);

    /// <summary>A batch, padded on the right.</summary>
    /// <returns>The input, and labels <c>[batch, length]</c>.</returns>
    public (ModelInput Input, Tensor Labels) Batch(IReadOnlyList<TrainingRow> rows)
    {
        var input = ModelInput.Pad([.. rows.Select(row => row.Ids)], prompts.PadId, left: false, [.. rows.Select(row => row.Picture).OfType<VisionInput>()]);
        var length = (int)input.InputIds.shape[1];
        long[] labels = [.. rows.SelectMany(row => row.Labels.Concat(Enumerable.Repeat(CausalLoss.Ignore, length - row.Labels.Length)))];
        return (input, tensor(labels, [rows.Count, length]));
    }
}
