using System.Text.Json;

namespace Crane.Core.Text;

/// <summary>What a chat template is told beside the messages.</summary>
public sealed record ChatOptions
{
    /// <summary>Whether the prompt opens the assistant's turn, so that the model writes it.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Qwen3's <c>enable_thinking</c>; null leaves it to the template.</summary>
    public bool? EnableThinking { get; init; }

    /// <summary>Functions that the model may call, in OpenAI's form; null for none.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Other variables of the template, as <c>add_vision_id</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>For Qwen3-VL, per video the texts before its temporal patches (<see cref="VideoTimestamps.Texts"/>): each gets a block of its own.
    /// Empty leaves one block a video.</summary>
    public IReadOnlyList<IReadOnlyList<string>> VideoTexts { get; init; } = [];
}
