namespace Crane.Notebooks.Engine;

/// <summary>Something that runs the cells of one notebook in order: an engine in this process, or one in a process of its own.</summary>
public interface ICells : IDisposable
{
    /// <summary>Runs a cell to its end.</summary>
    /// <param name="code">The cell's source.</param>
    /// <param name="show">Takes the outputs as they come, one at a time, on whatever thread made them.</param>
    /// <param name="options">How, where it is not as usual.</param>
    /// <param name="cancellation">What the cell sees as <c>Cell.Cancellation</c>. A cell that does not look at it is stopped a little later.</param>
    /// <returns>How it ended; a failure of the cell is a result, not an exception.</returns>
    Task<CellResult> Execute(string code, Action<CellOutput> show, CellOptions options, CancellationToken cancellation = default);
}
