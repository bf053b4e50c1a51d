using System.Text.Json;
using Crane.Core.Text.Jinja;

namespace Crane.Core.Text;

/// <summary>A piece of a message: text, a picture or a video.</summary>
public abstract record ContentPart
{
    private protected ContentPart() { }

    /// <summary>Text is a part.</summary>
    public static implicit operator ContentPart(string text) => new TextPart(text);
}

/// <summary>Text of a message.</summary>
/// <param name="Text">Never becomes a special token, whatever it says.</param>
public sealed record TextPart(string Text) : ContentPart;

/// <summary>The place of a picture in a message; the picture itself goes to the vision tower.</summary>
public sealed record ImagePart : ContentPart;

/// <summary>The place of a video in a message.</summary>
public sealed record VideoPart : ContentPart;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">user, assistant, system or tool.</param>
/// <param name="Parts">In reading order.</param>
public sealed record ChatMessage(string Role, IReadOnlyList<ContentPart> Parts)
{
    /// <summary>Calls that an assistant turn makes, in OpenAI's form: <c>[{"function": {"name": …, "arguments": {…}}}]</c>.</summary>
    public JsonElement? ToolCalls { get; init; }

    /// <summary>A question: pictures stand before the text if given before it.</summary>
    public static ChatMessage User(params IReadOnlyList<ContentPart> parts) => new("user", parts);

    /// <summary>Instructions.</summary>
    public static ChatMessage System(string text) => new("system", [text]);

    /// <summary>What the model said; <c>&lt;think&gt;</c> and <c>&lt;answer&gt;</c> with their closing tags are the tokens of that name.</summary>
    public static ChatMessage Assistant(string text) => new("assistant", [text]);

    /// <summary>What a tool returned.</summary>
    public static ChatMessage Tool(string text) => new("tool", [text]);

    // Text alone is given as a string: templates for text models read nothing else.
    internal JinjaDict ToJinja()
    {
        var message = new JinjaDict
        {
            ["role"] = Role,
            ["content"] = Parts.All(part => part is TextPart) ? string.Concat(Parts.Cast<TextPart>().Select(part => part.Text))
                : Parts.Select(PartToJinja).ToList(),
        };
        if (ToolCalls is { } calls) message["tool_calls"] = JinjaValues.FromJson(calls);
        return message;
    }

    private static object? PartToJinja(ContentPart part) => part switch
    {
        TextPart text => new JinjaDict { ["type"] = "text", ["text"] = text.Text },
        ImagePart => new JinjaDict { ["type"] = "image" },
        _ => new JinjaDict { ["type"] = "video" },
    };
}
