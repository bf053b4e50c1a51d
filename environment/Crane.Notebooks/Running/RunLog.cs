using System.Diagnostics;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>Tells the person at the terminal what runs, how long it took and how long the rest may take: a line a cell.</summary>
/// <param name="writer">Where the lines go.</param>
/// <param name="mode">Whose recorded seconds are the estimate.</param>
public sealed class RunLog(TextWriter writer, string mode)
{
    private const int Width = 56;
    private readonly Stopwatch chapterClock = new();
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
        var first = source.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && !l.StartsWith("//", StringComparison.Ordinal) && !l.StartsWith('#')) ?? source.Trim().Split('\n')[0];
        writer.Write($"  {notebook.Name} {number,3}/{of}  {Cut(first).PadRight(Width)}");
        writer.Flush();
    }

    internal void CellEnded(CellResult result)
    {
        done++;
        var left = Left();
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

    private static string Cut(string text) => text.Length <= Width - 2 ? text : text[..(Width - 3)] + "…";
}
