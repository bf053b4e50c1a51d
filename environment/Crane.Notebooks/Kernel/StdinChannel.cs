using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Crane.Notebooks.Kernel;

/// <summary>Brings <c>Console.ReadLine</c> to the client that runs the cell.</summary>
internal sealed class StdinChannel
{
    private readonly BlockingCollection<string> lines = [];

    public void Received(Message message)
    {
        if (message.Type == "input_reply")
            lines.Add(message.Text("value") ?? "");
    }

    /// <summary>Asks and waits; an interrupt ends the waiting at once.</summary>
    public string Ask(Message request, Outbox outbox, StreamBuffer streams, CancellationToken cancellation)
    {
        // An answer to a question that was interrupted is not one to this.
        while (lines.TryTake(out _))
        {
        }
        streams.Flush();
        outbox.Ask(request, new JsonObject { ["prompt"] = "", ["password"] = false });
        return lines.Take(cancellation);
    }
}
