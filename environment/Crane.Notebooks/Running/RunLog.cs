using System.Diagnostics;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>Tells the person at the terminal what runs, how long it took and how long the rest may take: a line a cell.</summary>
/// <param name="writer">Where the lines go.</param>
/// <param name="mode">Whose recorded seconds are the estimate.</param>
/// <param name="terminalWidth">Columns of the terminal, in which bars and live charts move on the line of their cell; 0: it is none.</param>
public sealed class RunLog(TextWriter writer, string mode, int terminalWidth = 0)
{
    private const int Width = 56;
    private const string ClearLine = "\r\u001b[K";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly Stopwatch chapterClock = new(), sinceMoved = new();
    private readonly Lock gate = new();
    private string cellLine = "";
    private string cellText = "";
    private bool moved;
    private int done, total;
    private double? expectedSeconds;

    public void Line(string text = "") => writer.WriteLine(text);

    internal void ChapterStarts(Notebook notebook, int number, int of)
    {
        expectedSeconds = notebook.RecordedSeconds(mode);
        (done, total) = (0, notebook.CodeCells.Count());
        chapterClock.Restart();
        writer.WriteLine($"[{number}/{of}] {notebook.Name}: {total} cells, {(expectedSeconds is { } s ? "about " + Duration(s) : "time not recorded yet")}");
    }

    // The line is begun before the cell runs: whoever waits sees for what.
    internal void CellStarts(Notebook notebook, int number, int of, string source)
    {
        total = of;
        var first = source.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && !l.StartsWith("//", StringComparison.Ordinal)
            && !l.StartsWith('#')) ?? source.Trim().Split('\n')[0];
        lock (gate)
        {
            (cellLine, moved) = ($"  {notebook.Name} {number,3}/{of}  ", false);
            sinceMoved.Restart();
            writer.Write(cellLine + (cellText = Cut(first).PadRight(Width)));
            writer.Flush();
        }
    }

    /// <summary>A display that changed in place does so in a terminal, too: its text stands where the cell's stood, until the cell ends.</summary>
    internal void Shows(CellOutput output)
    {
        if (terminalWidth == 0 || output is not DisplayUpdate(var data, _) || !data.TryGetValue("text/plain", out var text))
            return;
        lock (gate)
        {
            if (cellLine.Length == 0 || (moved && sinceMoved.Elapsed < Pause))
                return;
            moved = true;
            sinceMoved.Restart();
            var room = Math.Max(10, terminalWidth - cellLine.Length - 1);
            var line = Printable(text.Split('\n')[0]);
            writer.Write(ClearLine + cellLine + (line.Length <= room ? line : line[..(room - 1)] + "…"));
            writer.Flush();
        }
    }

    internal void CellEnded(CellResult result)
    {
        done++;
        var left = Left();
        lock (gate)
        {
            if (moved)
                writer.Write(ClearLine + cellLine + cellText);
            cellLine = "";
        }
        writer.WriteLine($"{result.Duration.TotalSeconds,8:F1} s  {(result.Error is not null ? "FAILED" : left is null ? "" : "ETA " + Duration(left.Value))}".TrimEnd());
    }

    /// <summary>The failed cell with line numbers and a marker at the line, then the error.</summary>
    internal void Failure(ChapterResult result, CellFailure failure)
    {
        writer.WriteLine();
        writer.WriteLine($"{result.Notebook.Path}: code cell {failure.Number} failed.");
        writer.WriteLine();
        var lines = failure.Cell.Source.TrimEnd().Split('\n');
        for (var i = 0; i < lines.Length; i++)
            writer.WriteLine($"{(failure.Error.Line == i + 1 ? ">" : " ")}{i + 1,4} | {lines[i].TrimEnd('\r')}");
        writer.WriteLine();
        foreach (var line in failure.Error.Trace)
            writer.WriteLine(line);
        if (result.NotRun > 0)
            writer.WriteLine($"{result.NotRun} cell{(result.NotRun == 1 ? "" : "s")} after it {(result.NotRun == 1 ? "was" : "were")} not run.");
        writer.WriteLine();
    }

    internal static string Duration(double seconds) => seconds switch
    {
        < 90 => $"{Math.Ceiling(seconds):0} s",
        < 5400 => $"{seconds / 60:0.#} min",
        _ => $"{seconds / 3600:0.#} h",
    };

    // The recorded time where there is one, else as if the cells to come were like those that went.
    private double? Left()
    {
        var elapsed = chapterClock.Elapsed.TotalSeconds;
        if (done == total)
            return null;
        return expectedSeconds is { } expected && expected > elapsed ? expected - elapsed : elapsed / done * (total - done);
    }

    // What a model or a data set wrote must not move the cursor.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Cut(string text) => text.Length <= Width - 2 ? text : text[..(Width - 3)] + "…";
}
