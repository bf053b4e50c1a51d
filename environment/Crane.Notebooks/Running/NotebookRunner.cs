using System.Diagnostics;
using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>Runs the cells of a notebook in order and puts their outputs into it.</summary>
/// <param name="cellTimeout">The time that each cell has.</param>
/// <param name="log">Hears of each cell.</param>
/// <param name="start">Starts what runs the cells of a notebook in this folder.</param>
public sealed class NotebookRunner(TimeSpan cellTimeout, RunLog log, Func<string, ICells> start)
{
    /// <summary>A cell that looks at its token stops within this time; another one is left behind.</summary>
    internal TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Runs to the end or to the first error. The current directory is the notebook's folder meanwhile, as in Jupyter.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled from outside.</exception>
    public async Task<ChapterResult> Run(Notebook notebook, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(notebook.Folder);
        try
        {
            foreach (var cell in notebook.CodeCells)
                cell.SetOutputs([], null);
            using var engine = start(notebook.Folder);
            var failure = await RunCells(notebook, engine, cancellation);
            return new ChapterResult(notebook, failure, clock.Elapsed);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    private async Task<CellFailure?> RunCells(Notebook notebook, ICells engine, CancellationToken cancellation)
    {
        var cells = notebook.CodeCells.Where(c => !string.IsNullOrWhiteSpace(c.Source)).ToArray();
        var shown = new List<(NotebookCell Cell, int Count, OutputCollector Outputs)>();
        var displays = new Dictionary<string, JsonObject>();
        for (var i = 0; i < cells.Length; i++)
        {
            log.CellStarts(notebook, i + 1, cells.Length, cells[i].Source);
            var outputs = new OutputCollector(displays);
            var result = await RunCell(engine, cells[i], outputs, cancellation);
            shown.Add((cells[i], result.ExecutionCount, outputs));
            log.CellEnded(result);
            if (result.Error is not null)
            {
                Store(shown);
                return new CellFailure(i + 1, cells[i], result.Error);
            }
        }
        Store(shown);
        return null;
    }

    // Last of all, because a later cell may update what an earlier one displayed.
    private static void Store(List<(NotebookCell Cell, int Count, OutputCollector Outputs)> shown)
    {
        foreach (var (cell, count, outputs) in shown)
            cell.SetOutputs(outputs.ToNotebook(), count);
    }

    private async Task<CellResult> RunCell(ICells engine, NotebookCell cell, OutputCollector outputs, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(cellTimeout);
        var run = engine.Execute(cell.Source, output => Show(output, outputs), new CellOptions(), stop.Token);
        await Task.WhenAny(run, Stopped(stop.Token));
        cancellation.ThrowIfCancellationRequested();
        if (!stop.IsCancellationRequested)
            return await run;
        var ended = run.IsCompleted;
        var error = CellError.Simple("TimeoutException", $"The cell did not end within {cellTimeout.TotalSeconds:0.#} s" +
            (ended ? "." : "; it went on after its cancellation token had fired, and was left behind.") + " Give it more time with --timeout.");
        outputs.CloseWith(error);
        return new CellResult(error, ended ? (await run).ExecutionCount : 0, cellTimeout);
    }

    private void Show(CellOutput output, OutputCollector outputs)
    {
        outputs.Add(output);
        log.Shows(output);
    }

    private async Task Stopped(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException)
        {
            await Task.Delay(Grace, CancellationToken.None);
        }
    }
}
