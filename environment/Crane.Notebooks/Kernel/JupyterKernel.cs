using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Language;

namespace Crane.Notebooks.Kernel;

/// <summary>The notebook engine behind Jupyter's messaging protocol 5.3. Requests on the shell channel are handled one after another, as clients expect;
/// those on the control channel at once, while a cell runs.</summary>
internal sealed class JupyterKernel : IDisposable
{
    /// <summary>Cells that were sent before a failure was known are not run after it; they may still be on their way.</summary>
    private static readonly TimeSpan StillOnTheirWay = TimeSpan.FromMilliseconds(200);

    private readonly WireFormat wire;
    private readonly KernelSockets sockets;
    private readonly Outbox outbox;
    private readonly NotebookEngine engine;
    private readonly CellLanguage language;
    private readonly History history = new();
    private readonly StdinChannel input = new();
    private readonly BlockingCollection<Message> requests = [];
    private readonly List<Message> behindAFailure = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private (Message Request, CancellationTokenSource Stop)? running;
    private DateTimeOffset failedAt = DateTimeOffset.MinValue;
    private bool disposed;

    /// <param name="connection">Where to listen.</param>
    /// <param name="folder">The notebook's folder.</param>
    public JupyterKernel(ConnectionFile connection, string folder)
    {
        wire = new WireFormat(connection.Key);
        engine = new NotebookEngine(folder);
        language = new CellLanguage(engine);
        sockets = new KernelSockets(connection, Received);
        outbox = new Outbox(wire, sockets.Send);
        outbox.Status("starting", about: null);
        new Thread(HandleRequests) { IsBackground = true, Name = "requests" }.Start();
    }

    /// <summary>Ends when a client asked the kernel to shut down.</summary>
    public Task Ended => ended.Task;

    /// <summary>Compiles a first cell while the reader still looks at the page, so that his own first one is quick; a little later, his first
    /// completion.</summary>
    public async Task WarmUp()
    {
        await engine.Execute("_ = $\"{1}\";", _ => { }, new CellOptions { Counted = false });
        await Task.Delay(2000);
        language.Complete("Console.", 8);
    }

    /// <summary>Tells the running cell to stop; without one, nothing happens.</summary>
    public void Interrupt()
    {
        lock (gate)
            _ = running?.Stop.CancelAsync();
    }

    /// <summary>Said when the process ends under a cell, by <c>Environment.Exit</c>: the client would else wait for a reply that never comes.</summary>
    public void LastWords()
    {
        if (running is not { } cell || disposed)
            return;
        outbox.Publish("stream",
            new JsonObject { ["name"] = "stderr", ["text"] = "The cell ended the kernel's process. Everything that was in its memory is gone.\n" },
        cell.Request);
        Dispose();
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
        }
        requests.CompleteAdding();
        sockets.Dispose();
        engine.Dispose();
    }

    private void Received(Channel channel, IReadOnlyList<byte[]> frames)
    {
        if (wire.Unpack(frames, out var refusal) is not { } message)
        {
            Console.Error.WriteLine($"A message on {channel} was dropped: {refusal}.");
            return;
        }
        if (channel == Channel.Stdin)
            input.Received(message);
        else if (channel == Channel.Control)
            Handled(channel, message, () => Answer(message));
        else if (!requests.IsAddingCompleted)
            requests.Add(message);
    }

    private void HandleRequests()
    {
        foreach (var request in requests.GetConsumingEnumerable())
        {
            Handled(Channel.Shell, request, () => request.Type == "execute_request" ? Execute(request) : Answer(request));
            foreach (var waiting in behindAFailure)
                Handled(Channel.Shell, waiting, () => waiting.Type == "execute_request" ? new JsonObject { ["status"] = "aborted" } : Answer(waiting));
            behindAFailure.Clear();
        }
    }

    // Nothing that a client sends may end the kernel.
    private void Handled(Channel channel, Message request, Func<JsonObject?> answer)
    {
        outbox.Status("busy", request);
        try
        {
            if (answer() is { } content)
                outbox.Reply(channel, request, content);
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"{request.Type} failed: {e}");
            outbox.Reply(channel, request, ErrorMessage.Reply(CellError.Simple(e.GetType().Name, e.Message), [e.Message], 0));
        }
        outbox.Status("idle", request);
        if (request.Type == "shutdown_request")
            ended.TrySetResult();
    }

    private JsonObject? Answer(Message request) => request.Type switch
    {
        "kernel_info_request" => KernelInfo.Reply(),
        "complete_request" => language.Complete(request.Text("code") ?? "", request.Integer("cursor_pos", 0)),
        "inspect_request" => language.Inspect(request.Text("code") ?? "", request.Integer("cursor_pos", 0), request.Integer("detail_level", 0)),
        "is_complete_request" => Completeness.Answer(request.Text("code") ?? ""),
        "history_request" => history.Answer(request),
        "comm_info_request" => new JsonObject { ["status"] = "ok", ["comms"] = new JsonObject() },
        "comm_open" => Closed(request),
        "interrupt_request" => Interrupted(),
        "shutdown_request" => new JsonObject { ["status"] = "ok", ["restart"] = request.Flag("restart", otherwise: false) },
        _ => null,
    };

    // There are no widgets here; whoever opens a channel for one is told at once.
    private JsonObject? Closed(Message request)
    {
        outbox.Publish("comm_close", new JsonObject { ["comm_id"] = request.Text("comm_id"), ["data"] = new JsonObject() }, request);
        return null;
    }

    private JsonObject Interrupted()
    {
        Interrupt();
        return new JsonObject { ["status"] = "ok" };
    }

    private JsonObject Execute(Message request)
    {
        if (DateTimeOffset.UtcNow - failedAt < StillOnTheirWay && request.Date < failedAt)
            return new JsonObject { ["status"] = "aborted" };
        using var stop = new CancellationTokenSource();
        lock (gate)
            running = (request, stop);
        var run = new CellRun(request, outbox);
        run.Announce(engine.ExecutionCount + (run.Counted ? 1 : 0));
        var reply = run.Run(engine, input, stop.Token).GetAwaiter().GetResult();
        lock (gate)
            running = null;
        if (run.Counted)
            history.Add(engine.ExecutionCount, run.Code, run.Result);
        if ((string?)reply["status"] == "error" && request.Flag("stop_on_error", otherwise: true))
        {
            failedAt = DateTimeOffset.UtcNow;
            // Taken before the reply goes out: who has read the reply may send again at once, and what he sends then shall run.
            while (requests.TryTake(out var waiting))
                behindAFailure.Add(waiting);
        }
        return reply;
    }
}
