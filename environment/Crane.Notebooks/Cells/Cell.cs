using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Cells;

/// <summary>The cell that is running, as its own code sees it.</summary>
public static class Cell
{
    /// <summary>Fires when the cell shall stop: at its timeout, or when the reader interrupts it. Pass it to whatever takes long, which then stops where its
    /// state is whole. A cell that goes on is stopped half a second later, at the next turn of a loop or the next call of one of its functions.</summary>
    public static CancellationToken Cancellation => CellScope.Current?.Cancellation ?? CancellationToken.None;
}
