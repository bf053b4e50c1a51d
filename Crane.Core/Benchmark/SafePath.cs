namespace Crane.Core.Benchmark;

/// <summary>Paths that come from data never lead out of their folder.</summary>
public static class SafePath
{
    /// <summary>Checks the form of a relative path.</summary>
    /// <param name="relative">As it stands in the data.</param>
    /// <param name="where">File and record, named in errors.</param>
    /// <exception cref="InvalidDataException">It is absolute, has <c>..</c>, a drive or an empty part, or a control character.</exception>
    public static void Check(string relative, string where)
    {
        var parts = relative.Split('/', '\\');
        if (parts.Any(part => part is "" or "." or "..") || relative.Any(c => char.IsControl(c) || c == ':'))
            throw new InvalidDataException($"{where}: the path '{relative}' must be relative, without '..', '.', a drive or an empty part: no path leaves the data folder.");
    }

    /// <summary>The full path of a file below a folder, links resolved.</summary>
    /// <param name="folder">Where the data lie.</param>
    /// <param name="relative">As it stands in the data.</param>
    /// <param name="where">File and record, named in errors.</param>
    /// <exception cref="InvalidDataException">The path, or what a link on it points to, is not below the folder.</exception>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    public static string Below(string folder, string relative, string where)
    {
        Check(relative, where);
        var root = Real(Path.GetFullPath(folder));
        var path = Path.Combine([root, .. relative.Split('/', '\\')]);
        if (!File.Exists(path)) throw new FileNotFoundException($"{where}: there is no file '{relative}' below {folder}.", path);
        var real = Real(path);
        var inside = root.EndsWith(Path.DirectorySeparatorChar) ? root : root + Path.DirectorySeparatorChar;
        return real.StartsWith(inside, StringComparison.Ordinal) ? real
            : throw new InvalidDataException($"{where}: '{relative}' is a link that leads out of {folder}. Copy the file into the folder.");
    }

    /// <summary>The path with every link on it followed.</summary>
    private static string Real(string path)
    {
        var root = Path.GetPathRoot(path)!;
        var real = root;
        foreach (var part in path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            FileSystemInfo entry = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            real = entry.LinkTarget is null ? next : Real(Path.GetFullPath(entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName));
        }
        return real;
    }
}
