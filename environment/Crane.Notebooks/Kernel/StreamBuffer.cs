using System.Text;

namespace Crane.Notebooks.Kernel;

/// <summary>Sends console text as it is written, but what comes within a moment as one message: a cell that writes letter by letter would else drown the
/// client.</summary>
/// <param name="send">Takes the stream's name and the text.</param>
internal sealed class StreamBuffer(Action<string, string> send)
{
    private const int MostWaiting = 1 << 20;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(30);

    private readonly Lock gate = new();
    private readonly StringBuilder waiting = new();
    private string name = "stdout";
    private long lastSent;
    private bool scheduled;

    public void Add(string stream, string text)
    {
        lock (gate)
        {
            if (stream != name)
                Flush();
            name = stream;
            waiting.Append(text);
            if (waiting.Length >= MostWaiting || Environment.TickCount64 - lastSent >= Moment.TotalMilliseconds)
                Flush();
            else if (!scheduled)
                _ = FlushLater();
        }
    }

    /// <summary>Sends what waits: before anything else is shown, and when the cell ends.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (waiting.Length > 0)
                send(name, waiting.ToString());
            waiting.Clear();
            lastSent = Environment.TickCount64;
        }
    }

    private async Task FlushLater()
    {
        scheduled = true;
        await Task.Delay(Moment).ConfigureAwait(false);
        lock (gate)
        {
            scheduled = false;
            Flush();
        }
    }
}
