namespace Crane.Notebooks.Kernel;

/// <summary>Sends new faces of displays, of each at most ten a second: what was replaced before anyone could see it need not reach the client.</summary>
/// <param name="send">Takes the display's id and its data.</param>
internal sealed class UpdateBuffer(Action<string, IReadOnlyDictionary<string, string>> send)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> lastSent = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> waiting = [];
    private bool scheduled;

    public void Add(string id, IReadOnlyDictionary<string, string> data)
    {
        lock (gate)
        {
            waiting[id] = data;
            if (!lastSent.TryGetValue(id, out var last) || Environment.TickCount64 - last >= Moment.TotalMilliseconds)
                Send(id);
            else if (!scheduled)
                _ = FlushLater();
        }
    }

    /// <summary>Sends the latest faces: before anything else is shown, and when the cell ends.</summary>
    public void Flush()
    {
        lock (gate)
            foreach (var id in waiting.Keys.ToArray())
                Send(id);
    }

    private void Send(string id)
    {
        waiting.Remove(id, out var data);
        lastSent[id] = Environment.TickCount64;
        send(id, data!);
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
