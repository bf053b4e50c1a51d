namespace Crane.Core;

/// <summary>Finds the kit's <c>data</c> folder (world, nano checkpoint, reference values).</summary>
public static class DataFolder
{
    /// <summary>The folder named by the environment variable CRANE_DATA, or the <c>data</c> folder beside Crane.sln, searched upwards
    /// from the current directory and then from the program's own folder.</summary>
    /// <exception cref="DirectoryNotFoundException">Neither exists.</exception>
    public static string Path { get; } = Find();

    /// <summary>The path of an item below the data folder.</summary>
    public static string Of(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("CRANE_DATA") is { Length: > 0 } named)
            return Directory.Exists(named) ? System.IO.Path.GetFullPath(named)
                : throw new DirectoryNotFoundException($"CRANE_DATA names '{named}', which is not a folder.");
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (File.Exists(System.IO.Path.Combine(folder.FullName, "Crane.sln")))
                    return System.IO.Path.Combine(folder.FullName, "data");
        throw new DirectoryNotFoundException(
            $"No data folder: neither '{Directory.GetCurrentDirectory()}' nor '{AppContext.BaseDirectory}' lies below a folder with Crane.sln. Set CRANE_DATA.");
    }
}
