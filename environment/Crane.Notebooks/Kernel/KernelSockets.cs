using Crane.Notebooks.Files;
using NetMQ;
using NetMQ.Sockets;

namespace Crane.Notebooks.Kernel;

/// <summary>The channels of a kernel.</summary>
internal enum Channel { Shell, Control, Stdin, IoPub }

/// <summary>The five ZeroMQ sockets of a kernel, all on one thread of their own, which never runs a cell: the heartbeat and the interrupt get
/// through.</summary>
internal sealed class KernelSockets : IDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    private readonly RouterSocket shell = new(), control = new(), stdin = new();
    private readonly PublisherSocket iopub = new();
    private readonly RouterSocket heartbeat = new();
    private readonly NetMQQueue<(Channel Channel, IReadOnlyList<byte[]> Frames)> outgoing = new();
    private readonly NetMQPoller poller;
    private readonly Thread thread;

    /// <param name="connection">Where to listen.</param>
    /// <param name="received">Takes the frames that come, on the thread of the sockets.</param>
    /// <exception cref="NotebookException">A port is taken.</exception>
    public KernelSockets(ConnectionFile connection, Action<Channel, IReadOnlyList<byte[]>> received)
    {
        foreach (var (channel, socket) in new (string, NetMQSocket)[] { ("shell", shell), ("control", control), ("stdin", stdin), ("iopub", iopub),
            ("hb", heartbeat) })
        {
            // No limit on what waits: a flood of output is cut by the cell's own limit, and a dropped message would leave the client waiting.
            (socket.Options.SendHighWatermark, socket.Options.ReceiveHighWatermark, socket.Options.Linger) = (0, 0, Linger);
            Bind(socket, connection.Address(channel));
        }
        poller = [shell, control, stdin, heartbeat, outgoing];
        shell.ReceiveReady += (_, e) => Drain(e.Socket, frames => received(Channel.Shell, frames));
        control.ReceiveReady += (_, e) => Drain(e.Socket, frames => received(Channel.Control, frames));
        stdin.ReceiveReady += (_, e) => Drain(e.Socket, frames => received(Channel.Stdin, frames));
        heartbeat.ReceiveReady += (_, e) => Drain(e.Socket, frames => SendFrames(heartbeat, frames));
        outgoing.ReceiveReady += (_, _) => SendWaiting();
        thread = new Thread(poller.Run) { IsBackground = true, Name = "sockets" };
        thread.Start();
    }

    /// <summary>Sends frames, from whatever thread, in the order of the calls.</summary>
    public void Send(Channel channel, IReadOnlyList<byte[]> frames) => outgoing.Enqueue((channel, frames));

    /// <summary>Hands over what waits, then closes.</summary>
    public void Dispose()
    {
        poller.Stop();
        thread.Join();
        SendWaiting();
        foreach (var socket in (NetMQSocket[])[shell, control, stdin, iopub, heartbeat])
            socket.Dispose();
        outgoing.Dispose();
        poller.Dispose();
    }

    /// <summary>Waits until everything is on its way; the process may end then.</summary>
    public static void Complete() => NetMQConfig.Cleanup(block: true);

    // After a restart the ports may be the old kernel's for a moment.
    private static void Bind(NetMQSocket socket, string address)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                socket.Bind(address);
                return;
            }
            catch (NetMQException e)
            {
                if (attempt == 20)
                    throw new NotebookException($"{address} cannot be listened on: {e.Message}");
                Thread.Sleep(100);
            }
    }

    private static void Drain(NetMQSocket socket, Action<IReadOnlyList<byte[]>> take)
    {
        var message = new NetMQMessage();
        for (var i = 0; i < 100 && socket.TryReceiveMultipartMessage(ref message); i++)
        {
            take([.. message.Select(f => f.ToByteArray())]);
            message = new NetMQMessage();
        }
    }

    private void SendWaiting()
    {
        while (outgoing.TryDequeue(out var next, TimeSpan.Zero))
            SendFrames(next.Channel switch { Channel.Shell => shell, Channel.Control => control, Channel.Stdin => stdin, _ => iopub }, next.Frames);
    }

    private static void SendFrames(NetMQSocket socket, IReadOnlyList<byte[]> frames)
    {
        var message = new NetMQMessage();
        foreach (var frame in frames)
            message.Append(frame);
        socket.SendMultipartMessage(message);
    }
}
