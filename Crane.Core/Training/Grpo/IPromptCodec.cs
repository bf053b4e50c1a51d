using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;

namespace Crane.Core.Training.Grpo;

/// <summary>Between questions and tokens.</summary>
public interface IPromptCodec
{
    /// <summary>Tokens that end a completion.</summary>
    IReadOnlyList<int> EosTokenIds { get; }

    /// <summary>Fills short rows.</summary>
    int PadTokenId { get; }

    /// <summary>Tokens that are never sampled: placeholders of pictures.</summary>
    IReadOnlyList<int> NeverSampled { get; }

    /// <summary>A question as the model reads it, up to where its answer begins.</summary>
    EncodedPrompt Encode(Question question);

    /// <summary>The text of the model's turn, special tokens left out.</summary>
    string Decode(int[] ids);
}

/// <summary>The chat form of the Qwen family.</summary>
/// <param name="tokenizer">The checkpoint's.</param>
/// <param name="prompts">The checkpoint's.</param>
/// <param name="generation">Gives the tokens that end a completion.</param>
public sealed class ChatCodec(QwenTokenizer tokenizer, PromptEncoder prompts, GenerationConfig generation) : IPromptCodec
{
    /// <summary>The form of a loaded checkpoint.</summary>
    public ChatCodec(VisionLanguageModel model) : this(model.Tokenizer, model.Prompts, model.Generation)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> EosTokenIds => generation.EosTokenIds;

    /// <inheritdoc/>
    public int PadTokenId => prompts.PadId;

    /// <inheritdoc/>
    public IReadOnlyList<int> NeverSampled { get; } = [.. new[] { "<|image_pad|>", "<|video_pad|>" }.Select(tokenizer.TokenId).OfType<int>()];

    /// <inheritdoc/>
    public EncodedPrompt Encode(Question question)
    {
        var (ids, picture) = prompts.Encode(question);
        return new(ids, picture);
    }

    /// <inheritdoc/>
    public string Decode(int[] ids) => prompts.Form.Opened + tokenizer.Decode(ids, skipSpecialTokens: true);
}
