using System.Text;
using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Files;

/// <summary>Turns what a cell shows into nbformat: streams joined, updates in place, and no more text than a file should hold.</summary>
/// <param name="displays">The displays of the whole notebook by id: a later cell may update them. It is also the lock.</param>
internal sealed class OutputCollector(Dictionary<string, JsonObject> displays)
{
    /// <summary>Characters of console text that one cell may keep.</summary>
    public const int MostText = 4 << 20;

    private readonly List<(JsonObject Node, StringBuilder? Text)> outputs = [];
    private bool clearAtNext;
    private bool closed;
    private int written;

    public void Add(CellOutput output)
    {
        lock (displays)
            switch (output)
            {
                case not null when closed: break;
                case ClearOutput(var wait): clearAtNext = wait; if (!wait) outputs.Clear(); break;
                case StreamOutput stream: Append(stream); break;
                case DisplayOutput(var data, var id): AddNode(displays[id] = Node("display_data", data)); break;
                case DisplayUpdate(var data, var id): Update(id, data); break;
                case ResultOutput(var data, var count): AddNode(Node("execute_result", data, count)); break;
                case ErrorOutput(var error): AddNode(Node(error)); break;
            }
    }

    /// <summary>Ends the outputs with this error instead of the cell's own; a cell that was left behind adds nothing more.</summary>
    public void CloseWith(CellError error)
    {
        lock (displays)
        {
            outputs.RemoveAll(o => (string?)o.Node["output_type"] == "error");
            AddNode(Node(error));
            closed = true;
        }
    }

    /// <summary>The cell's outputs so far.</summary>
    public JsonArray ToNotebook()
    {
        lock (displays)
            return [.. outputs.Select(o =>
            {
                if (o.Text is not null)
                    o.Node["text"] = Lines.Split(AsShown(o.Text.ToString()));
                return o.Node.DeepClone();
            })];
    }

    private void AddNode(JsonObject node, StringBuilder? text = null)
    {
        if (clearAtNext)
            outputs.Clear();
        clearAtNext = false;
        outputs.Add((node, text));
    }

    private void Append(StreamOutput stream)
    {
        if (written >= MostText)
            return;
        written += stream.Text.Length;
        var text = written < MostText ? stream.Text
            : stream.Text[..(stream.Text.Length - (written - MostText))]
                + $"\n[the rest is cut: a cell keeps at most {MostText >> 20} million characters of console text]\n";
        if (!clearAtNext && outputs is [.., (var last, { } before)] && (string?)last["name"] == stream.Name)
            before.Append(text);
        else
            AddNode(new JsonObject { ["output_type"] = "stream", ["name"] = stream.Name }, new StringBuilder(text));
    }

    // An update of a display that was cleared away finds nothing; that is no error.
    private void Update(string id, IReadOnlyDictionary<string, string> data)
    {
        if (displays.TryGetValue(id, out var node))
            node["data"] = Data(data);
    }

    private static JsonObject Node(string type, IReadOnlyDictionary<string, string> data, int? executionCount = null)
    {
        var node = new JsonObject { ["output_type"] = type, ["data"] = Data(data), ["metadata"] = new JsonObject() };
        if (executionCount is not null)
            node["execution_count"] = executionCount;
        return node;
    }

    private static JsonObject Node(CellError error) => new()
    {
        ["output_type"] = "error",
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["traceback"] = new JsonArray([.. error.Trace.Select(t => (JsonNode)t)]),
    };

    private static JsonObject Data(IReadOnlyDictionary<string, string> data) => new(data.Select(d => KeyValuePair.Create(d.Key, Value(d.Key, d.Value))));

    private static JsonNode? Value(string mime, string value) => mime switch
    {
        _ when mime.EndsWith("json", StringComparison.Ordinal) => JsonNode.Parse(value),
        _ when mime.StartsWith("text/", StringComparison.Ordinal) || mime is "image/svg+xml" or "application/javascript" => Lines.Split(value),
        _ => value,
    };

    // What a terminal would show in the end: a carriage return goes back to the line's start.
    private static string AsShown(string text) => !text.Contains('\r') ? text
        : string.Join('\n', text.Replace("\r\n", "\n").Split('\n').Select(line => line.TrimEnd('\r') is var kept && kept.LastIndexOf('\r') is >= 0 and var at
            ? kept[(at + 1)..] : kept));
}
