using Crane.Notebooks.Files;

namespace Crane.Notebooks.Engine;

/// <summary>What <c>#!import</c> brings into a notebook.</summary>
internal static class ImportedFile
{
    /// <summary>The pieces of a file in order: the code cells of a notebook, or a file of C# as a whole. Each has the name under which errors speak of
    /// it.</summary>
    /// <param name="path">From the notebook's folder.</param>
    /// <param name="folder">The notebook's folder.</param>
    /// <param name="line">The line that imports, for the message.</param>
    /// <exception cref="CellSourceException">There is no such file, or it is neither of these.</exception>
    public static IReadOnlyList<(string Name, string Code)> Read(string path, string folder, int line)
    {
        var full = Path.GetFullPath(path, folder);
        var name = Path.GetFileName(full);
        if (!File.Exists(full))
            throw new CellSourceException($"There is no file '{path}' (from the notebook's folder '{folder}').", line);
        return Path.GetExtension(full).ToLowerInvariant() switch
        {
            ".ipynb" => CellsOf(full, name, line),
            ".cs" or ".csx" => [(name, File.ReadAllText(full))],
            var other => throw new CellSourceException($"'{path}' ends in '{other}'; '#!import' takes a notebook (.ipynb) or a file of C# (.cs, .csx).", line),
        };
    }

    private static (string, string)[] CellsOf(string path, string name, int line)
    {
        try
        {
            return [.. Notebook.Load(path).CodeCells.Select((cell, i) => ($"{name} cell {i + 1}", cell.Source))
                .Where(c => !string.IsNullOrWhiteSpace(c.Source))];
        }
        catch (NotebookException e)
        {
            throw new CellSourceException(e.Message, line);
        }
    }
}
