using Crane.Notebooks.Cells;
using Crane.Notebooks.Formatting;

namespace Crane.Notebooks.Engine;

/// <summary>One execution of one cell: where its outputs go, and the token that fires when it shall stop.</summary>
internal sealed class CellScope(int executionCount, Action<CellOutput> show, CancellationToken cancellation)
{
    private static readonly AsyncLocal<CellScope?> Here = new();
    private readonly Lock gate = new();

    /// <summary>The cell whose code, or whose task, asks; null outside of cells.</summary>
    public static CellScope? Current
    {
        get => Here.Value;
        set => Here.Value = value;
    }

    public int ExecutionCount => executionCount;

    public CancellationToken Cancellation => cancellation;

    // Tasks of a cell write while the cell does; and what the receiver itself writes is not the cell's.
    public void Show(CellOutput output)
    {
        var here = Current;
        Current = null;
        try
        {
            lock (gate)
                show(output);
        }
        finally
        {
            Current = here;
        }
    }

    public DisplayedValue Display(object? value, string? mimeType)
    {
        var id = Guid.NewGuid().ToString("N");
        Show(new DisplayOutput(MimeBundle.Of(value, mimeType), id));
        return new DisplayedValue(this, id, mimeType);
    }
}
