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
public sealed class RowEncoder
{
    private readonly QwenTokenizer tokenizer;
    private readonly ImageProcessor processor;
    private readonly int imagePad, pad;
    private readonly int[] open, vision, visionEnd, close, end;

    /// <summary>An encoder with a checkpoint's tokenizer and picture settings.</summary>
    public RowEncoder(QwenTokenizer tokenizer, ImageProcessor processor)
    {
        (this.tokenizer, this.processor) = (tokenizer, processor);
        imagePad = tokenizer.TokenId("<|image_pad|>") ?? throw new ArgumentException("The tokenizer has no <|image_pad|>.", nameof(tokenizer));
        pad = tokenizer.PadId ?? throw new ArgumentException("The tokenizer names no pad token.", nameof(tokenizer));
        (open, vision, visionEnd) = (tokenizer.Encode("<|im_start|>user\n"), tokenizer.Encode("<|vision_start|>"), tokenizer.Encode("<|vision_end|>"));
        (close, end) = (tokenizer.Encode("<|im_end|>\n<|im_start|>assistant\n"), tokenizer.Encode("<|im_end|>"));
    }

    /// <summary>The prompt of a question: user turn, picture first, then the opening of the answer.</summary>
    public (int[] Ids, VisionInput? Picture) Prompt(string question, Picture? picture)
    {
        var input = picture is null ? null : processor.Process(picture);
        int[] seen = input is null ? [] : [.. vision, .. Enumerable.Repeat(imagePad, input.Grid.Tokens(processor.Config.MergeSize)), .. visionEnd];
        return ([.. open, .. seen, .. tokenizer.EncodeText(question), .. close], input);
    }

    /// <summary>A lesson; its completion and the end of the turn are learnt.</summary>
    public TrainingRow Encode(Lesson lesson)
    {
        var (prompt, picture) = Prompt(lesson.Prompt, lesson.Picture);
        int[] answer = [.. tokenizer.Encode(lesson.Completion), .. end];
        return new([.. prompt, .. answer], [.. Enumerable.Repeat(CausalLoss.Ignore, prompt.Length), .. answer.Select(id => (long)id)], picture);
    }

    /// <summary>A drill.</summary>
    public static TrainingRow Encode(TokenDrill drill) => new(drill.Ids, [.. drill.Ids.Zip(drill.Learn, (id, learn) => learn ? id : CausalLoss.Ignore)], null);

    /// <summary>A batch, padded on the right.</summary>
    /// <returns>The input, and labels <c>[batch, length]</c>.</returns>
    public (ModelInput Input, Tensor Labels) Batch(IReadOnlyList<TrainingRow> rows)
    {
        var input = ModelInput.Pad([.. rows.Select(row => row.Ids)], pad, left: false, [.. rows.Select(row => row.Picture).OfType<VisionInput>()]);
        var length = (int)input.InputIds.shape[1];
        long[] labels = [.. rows.SelectMany(row => row.Labels.Concat(Enumerable.Repeat(CausalLoss.Ignore, length - row.Labels.Length)))];
        return (input, tensor(labels, [rows.Count, length]));
    }
}
