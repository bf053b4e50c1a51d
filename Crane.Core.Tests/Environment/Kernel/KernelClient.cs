using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Crane.Notebooks.Kernel;
using NetMQ;
using NetMQ.Sockets;

namespace Crane.Core.Tests.Notebooks;

/// <summary>A kernel in this process and a client of it, which speaks the protocol by hand.</summary>
internal sealed class KernelClient : IDisposable
{
    private static readonly string[] Channels = ["shell", "control", "iopub", "stdin", "hb"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly JupyterKernel kernel;
    private readonly DealerSocket shell = new(), control = new(), stdin = new();
    private readonly SubscriberSocket iopub = new();
    private readonly RequestSocket heartbeat = new();
    private readonly string folder = Directory.CreateTempSubdirectory("crane-kernel-").FullName;

    public KernelClient()
    {
        var connection = new ConnectionFile("tcp", "127.0.0.1", "secret", Channels.Zip(FreePorts(Channels.Length)).ToDictionary(p => p.First, p => p.Second));
        kernel = new JupyterKernel(connection, folder);
        Wire = new WireFormat("secret");
        var identity = Encoding.ASCII.GetBytes("client");
        iopub.SubscribeToAnyTopic();
        foreach (var (name, socket) in new (string, NetMQSocket)[] { ("shell", shell), ("control", control), ("stdin", stdin), ("iopub", iopub),
            ("hb", heartbeat) })
        {
            socket.Options.Identity = identity;
            (socket.Options.ReceiveHighWatermark, socket.Options.Linger) = (0, TimeSpan.Zero);
            socket.Connect(connection.Address(name));
        }
        // Until the subscription has arrived, nothing is published to this client.
        for (var i = 0; i < 100 && !Ask("kernel_info_request").Published.Any(m => m.Type == "status"); i++)
            Thread.Sleep(20);
        while (iopub.TrySkipMultipartMessage(TimeSpan.FromMilliseconds(100)))
        {
        }
    }

    public WireFormat Wire { get; }

    public void Dispose()
    {
        foreach (var socket in (NetMQSocket[])[shell, control, stdin, iopub, heartbeat])
            socket.Dispose();
        kernel.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Sends a request; waits for its reply, and for "idle".</summary>
    public Answer Ask(string type, JsonObject? content = null, Channel channel = Channel.Shell) => Await(Send(type, content, channel), channel);

    public Answer Execute(string code, JsonObject? more = null)
    {
        var content = more ?? [];
        content["code"] = code;
        return Ask("execute_request", content);
    }

    public Message Send(string type, JsonObject? content = null, Channel channel = Channel.Shell, Message? answers = null)
    {
        var message = Wire.New(type, content ?? [], answers);
        SendFrames(Wire.Pack(message), channel);
        return message;
    }

    public void SendFrames(IReadOnlyList<byte[]> frames, Channel channel = Channel.Shell) => Socket(channel).SendMultipartBytes(frames);

    /// <summary>The reply to a request, and what was published about it up to "idle"; without a reply when none comes.</summary>
    public Answer Await(Message request, Channel channel = Channel.Shell, bool replies = true)
    {
        var id = (string)request.Header["msg_id"]!;
        Message? reply = null;
        while (replies && (reply = Receive(Socket(channel))) is not null && (string?)reply.Parent["msg_id"] != id)
        {
        }
        var published = new List<Message>();
        while (Receive(iopub, reply is null ? Patience : TimeSpan.FromSeconds(2)) is { } message)
            if ((string?)message.Parent["msg_id"] == id)
            {
                published.Add(message);
                if (message.Type == "status" && message.Text("execution_state") == "idle")
                    break;
            }
        return new Answer(reply?.Content ?? [], published);
    }

    public Message Receive(Channel channel) => Receive(channel == Channel.IoPub ? iopub : Socket(channel))
        ?? throw new TimeoutException($"Nothing came on {channel}.");

    public bool IsSilent(Channel channel) => !Socket(channel).TrySkipMultipartMessage(TimeSpan.FromMilliseconds(300));

    public string Beat(string text)
    {
        heartbeat.SendFrame(text);
        return heartbeat.TryReceiveFrameString(Patience, out var echo) ? echo : throw new TimeoutException("The heartbeat has stopped.");
    }

    private Message? Receive(NetMQSocket socket, TimeSpan? patience = null)
    {
        var message = new NetMQMessage();
        return socket.TryReceiveMultipartMessage(patience ?? Patience, ref message)
            ? Wire.Unpack([.. message.Select(f => f.ToByteArray())], out var refusal) ?? throw new InvalidDataException(refusal)
            : null;
    }

    private DealerSocket Socket(Channel channel) => channel switch { Channel.Control => control, Channel.Stdin => stdin, _ => shell };

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
            listener.Start();
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
            listener.Stop();
        return ports;
    }
}

/// <summary>What came back.</summary>
internal sealed record Answer(JsonObject Reply, IReadOnlyList<Message> Published)
{
    public string? Status => (string?)Reply["status"];

    public IEnumerable<string> Types => Published.Select(m => m.Type);

    public JsonObject Of(string type) => Published.First(m => m.Type == type).Content;

    public string Plain => (string)Of("execute_result")["data"]!["text/plain"]!;

    public string Streams => string.Concat(Published.Where(m => m.Type == "stream").Select(m => m.Text("text")));
}
