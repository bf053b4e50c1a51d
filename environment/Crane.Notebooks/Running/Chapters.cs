using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>Finds the project's notebooks.</summary>
internal static class Chapters
{
    /// <summary>The folder with Crane.sln, above the current directory or above the program.</summary>
    /// <exception cref="NotebookException">There is none.</exception>
    public static string Root()
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Crane.sln")))
                    return folder.FullName;
        throw new NotebookException($"'{Directory.GetCurrentDirectory()}' does not lie below a folder with Crane.sln. Run this inside the project.");
    }

    /// <summary>All chapters in order.</summary>
    public static IReadOnlyList<string> All(string root) => Directory.Exists(Path.Combine(root, "notebooks"))
        ? [.. Directory.EnumerateFiles(Path.Combine(root, "notebooks"), "*.ipynb").Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The file that a name means: a path, or the beginning of one chapter's name.</summary>
    /// <exception cref="NotebookException">It means none, or several.</exception>
    public static string Find(string root, string name)
    {
        if (File.Exists(name))
            return Path.GetFullPath(name);
        var all = All(root);
        var found = all.Where(p => Path.GetFileNameWithoutExtension(p) is var stem && (stem == name || Path.GetFileName(p) == name)).ToArray();
        if (found.Length == 0)
            found = [.. all.Where(p => Path.GetFileName(p).StartsWith(name, StringComparison.OrdinalIgnoreCase))];
        var names = string.Join(", ", (found.Length > 1 ? found : all).Select(Path.GetFileNameWithoutExtension));
        return found.Length switch
        {
            1 => found[0],
            0 => throw new NotebookException($"There is no notebook '{name}': neither a file nor a chapter. The chapters are: {(names.Length > 0 ? names : "none yet")}."),
            _ => throw new NotebookException($"'{name}' may mean any of {names}. Write more of the name."),
        };
    }
}
