using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Kernel;

/// <summary>One execute_request: runs the cell, publishes what it shows as it comes, and makes the reply.</summary>
internal sealed class CellRun
{
    private readonly Message request;
    private readonly Outbox outbox;
    private readonly StreamBuffer streams;
    private readonly UpdateBuffer updates;
    private readonly bool silent;
    private readonly string code;

    public CellRun(Message request, Outbox outbox)
    {
        (this.request, this.outbox) = (request, outbox);
        streams = new StreamBuffer((name, text) => outbox.Publish("stream", new JsonObject { ["name"] = name, ["text"] = text }, request));
        updates = new UpdateBuffer((id, data) => outbox.Publish("update_display_data", Data(data, id), request));
        code = request.Text("code") ?? "";
        silent = request.Flag("silent", otherwise: false);
        Counted = !silent && request.Flag("store_history", otherwise: true);
    }

    /// <summary>Whether the cell has a number and a place in the history.</summary>
    public bool Counted { get; }

    public string Code => code;

    /// <summary>The plain text of the result, for the history.</summary>
    public string? Result { get; private set; }

    public void Announce(int count)
    {
        if (!silent)
            outbox.Publish("execute_input", new JsonObject { ["code"] = code, ["execution_count"] = count }, request);
    }

    /// <summary>Runs it; gives the reply.</summary>
    public async Task<JsonObject> Run(NotebookEngine engine, StdinChannel input, CancellationToken cancellation)
    {
        var options = new CellOptions
        {
            Counted = Counted,
            ReadLine = request.Flag("allow_stdin", otherwise: true) ? token => input.Ask(request, outbox, streams, token) : null,
        };
        var result = await engine.Execute(code, Show, options, cancellation);
        streams.Flush();
        updates.Flush();
        if (result.Error is { } error)
            return ErrorMessage.Reply(error, ErrorMessage.Traceback(error, code), result.ExecutionCount);
        return new JsonObject
        {
            ["status"] = "ok", ["execution_count"] = result.ExecutionCount, ["payload"] = new JsonArray(),
            ["user_expressions"] = await Expressions(engine, cancellation),
        };
    }

    private void Show(CellOutput output)
    {
        if (output is StreamOutput(var name, var text))
        {
            if (!silent)
                streams.Add(name, text);
            return;
        }
        streams.Flush();
        if (output is DisplayUpdate(var face, var display))
        {
            updates.Add(display, face);
            return;
        }
        updates.Flush();
        if (output is ResultOutput(var result, _))
            Result = result.GetValueOrDefault("text/plain");
        var (type, content) = Described(output);
        if (!silent || output is not ResultOutput)
            outbox.Publish(type, content, request);
    }

    private (string Type, JsonObject Content) Described(CellOutput output) => output switch
    {
        DisplayOutput(var data, var id) => ("display_data", Data(data, id)),
        ResultOutput(var data, var count) =>
            ("execute_result", new JsonObject { ["data"] = Mimes(data), ["metadata"] = new JsonObject(), ["execution_count"] = count }),
        ClearOutput(var wait) => ("clear_output", new JsonObject { ["wait"] = wait }),
        ErrorOutput(var error) => ("error", ErrorMessage.Content(error, ErrorMessage.Traceback(error, code))),
        _ => throw new ArgumentOutOfRangeException(nameof(output), output, "an output that has no message"),
    };

    private static JsonObject Data(IReadOnlyDictionary<string, string> data, string id) => new()
    {
        ["data"] = Mimes(data), ["metadata"] = new JsonObject(), ["transient"] = new JsonObject { ["display_id"] = id },
    };

    private static JsonObject Mimes(IReadOnlyDictionary<string, string> data) =>
        new(data.Select(d => KeyValuePair.Create(d.Key, d.Key.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(d.Value) : (JsonNode?)d.Value)));

    // What a client wants to know beside the cell, each in a form that it can show.
    private async Task<JsonObject> Expressions(NotebookEngine engine, CancellationToken cancellation)
    {
        var answers = new JsonObject();
        foreach (var (name, expression) in request.Content["user_expressions"] as JsonObject ?? [])
        {
            IReadOnlyDictionary<string, string> data = new Dictionary<string, string>();
            var result = await engine.Execute((string?)expression ?? "", o => data = o is ResultOutput r ? r.Data : data, new CellOptions { Counted = false },
                cancellation);
            answers[name] = result.Error is { } error
                ? ErrorMessage.Reply(error, error.Trace, result.ExecutionCount)
                : new JsonObject { ["status"] = "ok", ["data"] = Mimes(data), ["metadata"] = new JsonObject() };
        }
        return answers;
    }
}
