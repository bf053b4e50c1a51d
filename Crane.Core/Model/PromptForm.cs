using Crane.Core.Text;
using Crane.Core.Text.Jinja;

namespace Crane.Core.Model;

/// <summary>What stands around the words of one question, with special tokens as text. Read off a checkpoint's chat template, so that a model is asked as it
/// was trained.</summary>
/// <param name="Before">In front of the words where there is no picture.</param>
/// <param name="BeforePicture">In front of the picture's placeholder.</param>
/// <param name="AfterPicture">Between the placeholder and the words.</param>
/// <param name="After">Behind the words, up to where the model goes on.</param>
public sealed record PromptForm(string Before, string BeforePicture, string AfterPicture, string After)
{
    private const string Placeholder = "<|image_pad|>", Think = "<think>";
    private const string Words = "\uE000words\uE000";   // of the private use area, which no template writes

    /// <summary>What the template wrote of the model's own turn, such as <c>&lt;think&gt;</c> and a line break; empty where the model begins its turn
    /// itself.</summary>
    public string Opened => ChatTemplate.OpensThink(After) ? After[After.LastIndexOf(Think, StringComparison.Ordinal)..] : "";

    /// <summary>What is left for the model to write of its turn: the turn without what the template opened.</summary>
    public string Rest(string turn) => Opened.Length > 0 && turn.StartsWith(Think, StringComparison.Ordinal) ? turn[Think.Length..].TrimStart('\n') : turn;

    /// <summary>ChatML with a picture as Qwen-VL writes it, for checkpoints without a template.</summary>
    /// <param name="systemPrompt">The system turn (<see cref="Architecture.SystemPrompt"/>), or null for none.</param>
    public static PromptForm ChatMl(string? systemPrompt)
    {
        var before = (systemPrompt is null ? "" : $"<|im_start|>system\n{systemPrompt}<|im_end|>\n") + "<|im_start|>user\n";
        return new(before, before + "<|vision_start|>", "<|vision_end|>", "<|im_end|>\n<|im_start|>assistant\n");
    }

    /// <summary>The form that the template of a folder gives a question, or ChatML where the folder has none.</summary>
    /// <exception cref="InvalidDataException">The template raises an error, or gives a question with a picture no form that this kit can fill in; names
    /// folder and reason.</exception>
    internal static PromptForm Load(string folder, Architecture architecture)
    {
        if (ChatTemplate.Find(folder) is not { } template) return ChatMl(architecture.SystemPrompt);
        try { return Of(template); }
        catch (Exception e) when (e is JinjaException or ArgumentException)
        {
            throw new InvalidDataException($"{folder}: the chat template cannot be asked a question with a picture: {e.Message}", e);
        }
    }

    /// <summary>The form that a template gives a question.</summary>
    /// <exception cref="JinjaException">The template raised an error.</exception>
    /// <exception cref="ArgumentException">It leaves the words or the picture out, or ends a question with a picture otherwise than one without.</exception>
    public static PromptForm Of(ChatTemplate template)
    {
        var options = new ChatOptions { AddGenerationPrompt = true };
        var (before, after) = Around(template.Render([ChatMessage.User(Words)], options), Words);
        var (shown, end) = Around(template.Render([ChatMessage.User(new ImagePart(), Words)], options), Words);
        var (beforePicture, afterPicture) = Around(shown, Placeholder);
        return end == after ? new(before, beforePicture, afterPicture, after)
            : throw new ArgumentException($"it ends a question with a picture by '{end}', one without by '{after}'.", nameof(template));
    }

    private static (string Before, string After) Around(string prompt, string part) =>
        prompt.Split(part) is [var before, var after] ? (before, after)
            : throw new ArgumentException($"'{(part == Words ? "the user's words" : part)}' stands {prompt.Split(part).Length - 1} times in what it writes, expected once.");
}
