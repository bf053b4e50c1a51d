namespace Crane.Notebooks.Engine;

/// <summary>Why a process ended under a cell, in words.</summary>
internal static class ProcessDeath
{
    private const int FirstSignal = 128;

    /// <param name="exitCode">Of the process.</param>
    /// <param name="ownWill">Whether it went through its regular end.</param>
    /// <param name="said">What it wrote last past the notebook: the runtime's and native libraries' own words.</param>
    public static CellError Explain(int exitCode, bool ownWill, IReadOnlyList<string> said)
    {
        var lost = "The outputs up to here are kept; what was in memory is gone.";
        var (name, message) = ownWill
            ? ("ProcessExited", $"The cell ended the process that runs the notebook, with exit code {exitCode}, as Environment.Exit does. {lost}")
            : ("ProcessCrashed", $"The process that runs the notebook died under the cell: {How(exitCode)}. {lost}");
        return new CellError(name, message, Line: null, [$"{name}: {message}", .. said.Select(line => $"  {line}")]);
    }

    private static string How(int exitCode) => (exitCode - FirstSignal) switch
    {
        4 => "signal SIGILL, an instruction that this processor does not have",
        6 => "signal SIGABRT: the runtime or a native library gave up, see below",
        7 => "signal SIGBUS, bad memory access in native code",
        8 => "signal SIGFPE, bad arithmetic in native code",
        9 => "signal SIGKILL, from outside; on Linux often because memory had run out",
        11 => "signal SIGSEGV, bad memory access in native code",
        15 => "signal SIGTERM, from outside",
        > 0 and < 65 and var signal => $"signal {signal}",
        _ => $"exit code {exitCode}",
    };
}

/// <summary>The last lines that a process wrote past its notebook, without frames of the engine.</summary>
internal sealed class NativeTail
{
    private const int Most = 15, MostCharacters = 400;
    private static readonly string[] Machinery = ["at Microsoft.CodeAnalysis.", "at Crane.Notebooks.", "at System.Threading.",
        "at System.Runtime.CompilerServices.", "at Program."];
    private readonly Queue<string> lines = new();

    public void Add(string? line)
    {
        if (string.IsNullOrWhiteSpace(line) || Machinery.Any(m => line.TrimStart().StartsWith(m, StringComparison.Ordinal)))
            return;
        lock (lines)
        {
            lines.Enqueue(line.Length <= MostCharacters ? line.TrimEnd() : line[..MostCharacters] + "…");
            if (lines.Count > Most)
                lines.Dequeue();
        }
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
                return [.. lines];
        }
    }
}
