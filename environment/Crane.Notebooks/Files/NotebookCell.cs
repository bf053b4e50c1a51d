using System.Text.Json.Nodes;

namespace Crane.Notebooks.Files;

/// <summary>A cell of a notebook file; what this class does not know of stays as it is.</summary>
public sealed class NotebookCell
{
    internal NotebookCell(JsonObject node) => Node = node;

    internal JsonObject Node { get; }

    public bool IsCode => (string?)Node["cell_type"] == "code";

    public bool IsMarkdown => (string?)Node["cell_type"] == "markdown";

    public string Source => Lines.Join(Node["source"]);

    public IReadOnlyList<string> Tags => Node["metadata"]?["tags"] is JsonArray tags ? [.. tags.Select(t => (string?)t ?? "")] : [];

    /// <summary>The outputs in nbformat; empty for Markdown.</summary>
    public JsonArray Outputs => Node["outputs"] as JsonArray ?? [];

    internal void SetOutputs(JsonArray outputs, int? executionCount)
    {
        Node["outputs"] = outputs;
        Node["execution_count"] = executionCount;
    }

    /// <summary>A new code cell.</summary>
    internal static NotebookCell Code(string id, string source, params string[] tags) => new(new JsonObject
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["id"] = id,
        ["metadata"] = new JsonObject { ["tags"] = new JsonArray([.. tags.Select(t => (JsonNode)t)]) },
        ["outputs"] = new JsonArray(),
        ["source"] = Lines.Split(source),
    });
}
