using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>What one call of the runner shall do.</summary>
public sealed record RunSettings
{
    /// <summary>The notebooks, in the order in which they run.</summary>
    public required IReadOnlyList<Notebook> Notebooks { get; init; }

    /// <summary>Files that cannot be run, each with the reason; they are told of, and the others run.</summary>
    public IReadOnlyList<(string Path, string Reason)> Refused { get; init; } = [];

    /// <summary>Values of <c>-p</c> by name, as typed.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Full mode makes the numbers of the README; quick mode runs the same cells on fewer items. A chapter declares <c>bool Quick</c>.</summary>
    public bool Full { get; init; }

    /// <summary>Time for each cell.</summary>
    public TimeSpan CellTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Refreshes the notebooks themselves; otherwise copies go to <see cref="OutFolder"/>.</summary>
    public bool InPlace { get; init; }

    /// <summary>Where copies and pages go.</summary>
    public required string OutFolder { get; init; }

    /// <summary>Writes a page for each notebook.</summary>
    public bool Html { get; init; }

    /// <summary>Where the report on all notebooks goes; null for none.</summary>
    public string? ReportPath { get; init; }

    /// <summary>Columns of the terminal, in which bars move; 0: the log goes to a file or a pipe.</summary>
    public int TerminalWidth { get; init; }

    /// <summary>Starts what runs the cells of a notebook in this folder; a process for each notebook unless told otherwise.</summary>
    internal Func<string, ICells> Start { get; init; } = folder => new CellProcess(folder);

    /// <summary>Quick or full: the name under which a notebook records its seconds.</summary>
    public string Mode => Full ? "full" : "quick";
}
