using System.Text.Json.Nodes;

namespace Crane.Notebooks.Kernel;

/// <summary>A message of Jupyter's protocol.</summary>
/// <param name="Identities">Who sent it, or to whom it goes; for the iopub channel the topic.</param>
/// <param name="Header">Its id, session, type and date.</param>
/// <param name="Parent">The header of the message that it answers; empty when it answers none.</param>
/// <param name="Metadata">Seldom used.</param>
/// <param name="Content">What the type says.</param>
internal sealed record Message(IReadOnlyList<byte[]> Identities, JsonObject Header, JsonObject Parent, JsonObject Metadata, JsonObject Content)
{
    public string Type => Text(Header, "msg_type") ?? "";

    /// <summary>A string of the content; null when it is missing or something else.</summary>
    public string? Text(string name) => Text(Content, name);

    /// <summary>A flag of the content.</summary>
    public bool Flag(string name, bool otherwise) => Content[name] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : otherwise;

    /// <summary>An integer of the content.</summary>
    public int Integer(string name, int otherwise) => Content[name] is JsonValue value && value.TryGetValue<int>(out var number) ? number : otherwise;

    /// <summary>When the sender wrote it, by its own clock; null when it does not say.</summary>
    public DateTimeOffset? Date => DateTimeOffset.TryParse(Text(Header, "date"), System.Globalization.CultureInfo.InvariantCulture, out var date) ? date : null;

    private static string? Text(JsonObject part, string name) => part[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
