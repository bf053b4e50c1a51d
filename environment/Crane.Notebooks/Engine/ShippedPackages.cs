using System.Text.Json.Nodes;

namespace Crane.Notebooks.Engine;

/// <summary>The packages that came with the kit, so that <c>#r "nuget: …"</c> of one of them needs no network.</summary>
internal static class ShippedPackages
{
    // What a Polyglot notebook names to get charts and formatters, or a native library, that this engine brings itself.
    private static readonly string[] BroughtAlong =
        ["Plotly.NET.Interactive", "XPlot.Plotly.Interactive", "Deedle.Interactive", "TorchSharp-cpu", "TorchSharp-cuda-linux", "TorchSharp-cuda-windows",
            "Crane.Core"];

    private static readonly Lazy<Dictionary<string, string[]>> AssembliesByPackage = new(Read);
    private static readonly Dictionary<string, string> Files = new(StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> Names => AssembliesByPackage.Value.Keys;

    /// <summary>Where an assembly of a shipped package lies in a package cache; null for any other assembly.</summary>
    public static string? FileOf(string assembly) => AssembliesByPackage.Value.Count > 0 ? Files.GetValueOrDefault(assembly) : null;

    /// <summary>The simple names of the assemblies of a package; false when the kit does not ship it.</summary>
    public static bool TryGet(string package, out string[] assemblies)
    {
        if (AssembliesByPackage.Value.TryGetValue(package, out assemblies!))
            return true;
        assemblies = [.. package is "Crane.Core" ? ["Crane.Core"] : Array.Empty<string>()];
        return BroughtAlong.Contains(package, StringComparer.OrdinalIgnoreCase);
    }

    // The .deps.json that the host started from names every package and its assemblies.
    private static Dictionary<string, string[]> Read()
    {
        var packages = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
        var files = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries);
        foreach (var file in files.Where(f => Path.GetDirectoryName(f) == Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))
            foreach (var library in JsonNode.Parse(File.ReadAllText(file))!["targets"]!.AsObject().SelectMany(t => t.Value!.AsObject()))
            {
                packages[library.Key.Split('/')[0]] = [.. RuntimeOf(library.Value).Select(path => Path.GetFileNameWithoutExtension(path))];
                foreach (var path in RuntimeOf(library.Value))
                    Files[Path.GetFileNameWithoutExtension(path)] = Path.Combine(library.Key.ToLowerInvariant(), path);
            }
        return packages;
    }

    private static IEnumerable<string> RuntimeOf(JsonNode? library) => library?["runtime"] is JsonObject runtime ? runtime.Select(r => r.Key) : [];
}
