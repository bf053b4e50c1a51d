using System.Text.Json.Nodes;

namespace Crane.Notebooks.Kernel;

/// <summary>Signs and sends what the kernel says.</summary>
internal sealed class Outbox(WireFormat wire, Action<Channel, IReadOnlyList<byte[]>> send)
{
    /// <summary>Tells every client.</summary>
    /// <param name="type">The type of the message, which is also the topic.</param>
    /// <param name="content">What it says.</param>
    /// <param name="about">The request that caused it; null: none did.</param>
    public void Publish(string type, JsonObject content, Message? about) =>
        send(Channel.IoPub, wire.Pack(wire.New(type, content, about, [System.Text.Encoding.UTF8.GetBytes(type)])));

    /// <summary>"busy" before a request is handled, "idle" after all that it caused was said.</summary>
    public void Status(string state, Message? about) => Publish("status", new JsonObject { ["execution_state"] = state }, about);

    /// <summary>Answers one client.</summary>
    public void Reply(Channel channel, Message request, JsonObject content) =>
        send(channel, wire.Pack(wire.New(request.Type.Replace("_request", "_reply"), content, request)));

    /// <summary>Asks the client that sent the request.</summary>
    public void Ask(Message request, JsonObject content) => send(Channel.Stdin, wire.Pack(wire.New("input_request", content, request)));
}
