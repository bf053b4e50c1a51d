using System.ComponentModel;
using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Cells;

/// <summary>What the engine writes into cells so that they can be interrupted. Not to be called by hand: use <see cref="Cell.Cancellation"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Guard
{
    /// <summary>Ends the cell when it was told to stop and has not done so by itself.</summary>
    /// <exception cref="OperationCanceledException">The cell was told to stop.</exception>
    public static void Check()
    {
        if (CellScope.AnyOverdue)
            CellScope.Current?.ThrowIfOverdue();
    }

    /// <summary>The task, which is no longer waited for once the cell has to stop.</summary>
    public static Task Until(Task task) => task is null || task.IsCompleted ? task! : task.WaitAsync(Overdue);

    /// <inheritdoc cref="Until(Task)"/>
    public static Task<T> Until<T>(Task<T> task) => task is null || task.IsCompleted ? task! : task.WaitAsync(Overdue);

    /// <inheritdoc cref="Until(Task)"/>
    public static ValueTask Until(ValueTask task) => task.IsCompleted ? task : new(task.AsTask().WaitAsync(Overdue));

    /// <inheritdoc cref="Until(Task)"/>
    public static ValueTask<T> Until<T>(ValueTask<T> task) => task.IsCompleted ? task : new(task.AsTask().WaitAsync(Overdue));

    /// <summary>Anything else that can be awaited, as it is.</summary>
    public static T Until<T>(T awaitable) => awaitable;

    private static CancellationToken Overdue => CellScope.Current?.Overdue ?? CancellationToken.None;
}
