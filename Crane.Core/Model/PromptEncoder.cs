using Crane.Core.Text;
using Crane.Core.Vision;

namespace Crane.Core.Model;

/// <summary>Turns questions into the tokens of a prompt, as the checkpoint's chat template writes it: what stands before, the picture's placeholder repeated
/// once a feature, the text,
/// the opening of the assistant's turn. Nothing in the text becomes a special token.</summary>
public sealed class PromptEncoder
{
    private readonly QwenTokenizer tokenizer;
    private readonly ImageProcessor processor;
    private readonly int imagePad, pad;
    private readonly int[] open, beforePicture, afterPicture, close;

    /// <summary>An encoder with a checkpoint's tokenizer and picture settings.</summary>
    /// <param name="tokenizer">The checkpoint's.</param>
    /// <param name="processor">The checkpoint's.</param>
    /// <param name="form">The checkpoint's; null: <see cref="PromptForm.ChatMl"/> without a system turn.</param>
    /// <exception cref="ArgumentException">The tokenizer lacks a token that the turn needs.</exception>
    public PromptEncoder(QwenTokenizer tokenizer, ImageProcessor processor, PromptForm? form = null)
    {
        (this.tokenizer, this.processor) = (tokenizer, processor);
        imagePad = tokenizer.TokenId("<|image_pad|>") ?? throw new ArgumentException("The tokenizer has no <|image_pad|>.", nameof(tokenizer));
        pad = tokenizer.PadId ?? throw new ArgumentException("tokenizer_config.json names no pad_token.", nameof(tokenizer));
        Form = form ?? PromptForm.ChatMl(systemPrompt: null);
        (open, close) = (tokenizer.Encode(Form.Before), tokenizer.Encode(Form.After));
        (beforePicture, afterPicture) = (tokenizer.Encode(Form.BeforePicture), tokenizer.Encode(Form.AfterPicture));
    }

    /// <summary>What stands around the words.</summary>
    public PromptForm Form { get; }

    /// <summary>Fills short rows.</summary>
    public int PadId => pad;

    /// <summary>Tokens of one question, and its picture's patches.</summary>
    public (int[] Ids, VisionInput? Picture) Encode(Question question)
    {
        var input = question.Picture is null ? null : processor.Process(question.Picture);
        int[] before = input is null ? open
            : [.. beforePicture, .. Enumerable.Repeat(imagePad, input.Grid.Tokens(processor.Config.MergeSize)), .. afterPicture];
        return ([.. before, .. tokenizer.EncodeText(question.Text), .. close], input);
    }

    /// <summary>Where the model's turn begins in each row: the index of the last token of the assistant's opening, which reads the whole question; −1 in a
    /// row without one.</summary>
    /// <param name="input">Prompts, with or without what follows them, padded on either side.</param>
    public int[] AnswerStarts(ModelInput input)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var length = (int)input.InputIds.shape[1];
        var opening = Array.ConvertAll(close, id => (long)id);
        return [.. input.InputIds.cpu().contiguous().data<long>().ToArray().Chunk(length)
            .Select(row => row.AsSpan().LastIndexOf(opening) is >= 0 and var at ? at + opening.Length - 1 : -1)];
    }

    /// <summary>Where the user's words stand in the tokens of a prompt.</summary>
    /// <returns>The index of their first token, and their tokens.</returns>
    public (int Start, int[] Ids) Words(Question question, int[] prompt)
    {
        var words = tokenizer.EncodeText(question.Text);
        return (prompt.Length - close.Length - words.Length, words);
    }

    /// <summary>A batch of questions, padded on the left.</summary>
    public ModelInput Batch(IReadOnlyList<Question> questions)
    {
        var rows = questions.Select(Encode).ToList();
        return ModelInput.Pad([.. rows.Select(row => row.Ids)], pad, left: true, [.. rows.Select(row => row.Picture).OfType<VisionInput>()]);
    }
}
