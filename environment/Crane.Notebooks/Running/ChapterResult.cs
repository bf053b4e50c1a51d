using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>How a notebook ended.</summary>
/// <param name="Notebook">With the outputs of this run.</param>
/// <param name="Failure">Null when all cells succeeded.</param>
/// <param name="Duration">Wall time.</param>
public sealed record ChapterResult(Notebook Notebook, CellFailure? Failure, TimeSpan Duration)
{
    public bool Succeeded => Failure is null;

    /// <summary>Code cells that come after the failed one.</summary>
    public int NotRun => Failure is null ? 0 : Notebook.CodeCells.SkipWhile(c => c != Failure.Cell).Skip(1).Count(c => !string.IsNullOrWhiteSpace(c.Source));
}

/// <summary>The cell at which a notebook stopped.</summary>
/// <param name="Number">Among the code cells, from 1.</param>
/// <param name="Cell">The cell.</param>
/// <param name="Error">What went wrong.</param>
public sealed record CellFailure(int Number, NotebookCell Cell, CellError Error);
