using Crane.Notebooks.Cells;
using Crane.Notebooks.Formatting;

namespace Crane.Notebooks.Engine;

/// <summary>One execution of one cell: where its outputs go, the token that fires when it shall stop, and the one that fires when it should have.</summary>
internal sealed class CellScope : IDisposable
{
    /// <summary>What a cell that was told to stop may still use to stop by itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    private static readonly AsyncLocal<CellScope?> Here = new();
    private static int overdueCells;

    private readonly Action<CellOutput> show;
    private readonly CellOptions options;
    private readonly CancellationTokenSource overdue = new();
    private readonly CancellationTokenRegistration told;
    private readonly OutputLimit limit = new();
    private readonly List<Action> live;
    private readonly Lock gate = new();
    private bool counted;
    private string half = "";

    /// <param name="executionCount">The cell's number.</param>
    /// <param name="show">Takes its outputs.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="live">What draws the last state of the notebook's bars and live charts, which any cell may feed.</param>
    /// <param name="cancellation">Fires when it shall stop.</param>
    public CellScope(int executionCount, Action<CellOutput> show, CellOptions options, List<Action> live, CancellationToken cancellation)
    {
        (ExecutionCount, this.show, Cancellation, this.options, this.live) = (executionCount, show, cancellation, options, live);
        Overdue = overdue.Token;
        Overdue.Register(() => { counted = true; Interlocked.Increment(ref overdueCells); });
        told = cancellation.Register(() => overdue.CancelAfter(Patience));
    }

    /// <summary>The cell whose code, or whose task, asks; null outside of cells.</summary>
    public static CellScope? Current
    {
        get => Here.Value;
        set => Here.Value = value;
    }

    /// <summary>Whether some cell of this process should have stopped: one read, for the loops of all cells.</summary>
    public static bool AnyOverdue => Volatile.Read(ref overdueCells) > 0;

    public int ExecutionCount { get; }

    public CancellationToken Cancellation { get; }

    public CancellationToken Overdue { get; }

    public void ThrowIfOverdue() => Overdue.ThrowIfCancellationRequested();

    /// <summary>A line from whoever sits at the notebook.</summary>
    /// <exception cref="InvalidOperationException">Nobody does.</exception>
    public string ReadLine() => options.ReadLine is { } read ? read(Cancellation)
        : throw new InvalidOperationException("The cell asks for input, but nobody can be asked here. Put the value into a variable of a cell tagged 'parameters'.");

    // Tasks of a cell write while the cell does; and what the receiver itself writes is not the cell's.
    public void Show(CellOutput output)
    {
        var here = Current;
        Current = null;
        try
        {
            lock (gate)
                if (Whole(output) is { } whole && limit.Admit(whole) is { } admitted)
                    show(admitted);
        }
        finally
        {
            Current = here;
        }
    }

    // A character beyond the first 65,536 that is written in two halves is shown once it is whole.
    private CellOutput? Whole(CellOutput output)
    {
        if (output is not StreamOutput stream)
            return output;
        var text = half + stream.Text;
        half = text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[^1..] : "";
        return text.Length == half.Length ? null : stream with { Text = text[..^half.Length] };
    }

    public DisplayedValue Display(object? value, string? mimeType)
    {
        var id = Guid.NewGuid().ToString("N");
        Show(new DisplayOutput(MimeBundle.Of(value, mimeType), id));
        return new DisplayedValue(this, id, mimeType);
    }

    /// <summary>To be done at the end of this cell and of all later ones: a display that is drawn only now and then shows its last state.</summary>
    public void AtEnd(Action redraw)
    {
        lock (live)
            live.Add(redraw);
    }

    public void DrawLastStates()
    {
        Action[] all;
        lock (live)
            all = [.. live];
        foreach (var redraw in all)
            redraw();
    }

    /// <summary>The cell has ended; tasks that it left behind may go on showing.</summary>
    public void Dispose()
    {
        told.Dispose();
        overdue.CancelAfter(Timeout.Infinite);
        if (counted)
            Interlocked.Decrement(ref overdueCells);
    }
}
