using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace Crane.Notebooks.Engine;

/// <summary>The assemblies that a notebook's cells can name: the framework's, and those that its <c>#r</c> lines asked for, with what these need.</summary>
/// <remarks>Everything is loaded into the default load context. A second copy, in the one that Roslyn would make, finds no native library, and its
/// types are not those of the engine.</remarks>
internal sealed class ScriptReferences(string folder, InteractiveAssemblyLoader loader)
{
    private static readonly string FrameworkFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
    private static readonly HashSet<string> Probed = [];

    private readonly HashSet<string> added = new(StringComparer.OrdinalIgnoreCase);

    static ScriptReferences()
    {
        AssemblyLoadContext.Default.Resolving += (context, name) => Probe($"{name.Name}.dll") is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            (Probe(name) ?? Probe($"lib{name}.so") ?? Probe($"{name}.so") ?? Probe($"{name}.dll") ?? Probe($"lib{name}.dylib")) is { } path
                ? NativeLibrary.Load(path) : 0;
    }

    /// <summary>The framework, read once for all engines.</summary>
    public static IReadOnlyList<MetadataReference> Framework { get; } = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator).Where(p => Path.GetDirectoryName(p) == FrameworkFolder).Select(p => MetadataReference.CreateFromFile(p))];

    /// <summary>What a <c>#r</c> line adds; nothing when it was there before.</summary>
    /// <param name="reference"><c>nuget: Package, version</c>, or the path of a library, from the notebook's folder.</param>
    /// <param name="line">The line, for the message.</param>
    /// <param name="scope">Sees the progress of a package that has to be fetched.</param>
    /// <exception cref="CellSourceException">The package cannot be had, or there is no such file.</exception>
    public async Task<IReadOnlyList<MetadataReference>> Add(string reference, int line, CellScope scope)
    {
        var found = new List<MetadataReference>();
        if (!reference.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase))
            AddWithDependencies(LoadFile(reference, line), found);
        else if (PackageName.Parse(reference["nuget:".Length..], line) is var package && ShippedPackages.TryGet(package.Id, out var assemblies))
            foreach (var name in assemblies)
                AddWithDependencies(Assembly.Load(name), found);
        else
            foreach (var path in await Fetch(package, line, scope))
                AddWithDependencies(LoadFile(path, line), found);
        return found;
    }

    /// <summary>Adds an assembly that the engine itself uses.</summary>
    public IReadOnlyList<MetadataReference> Add(Assembly assembly)
    {
        var found = new List<MetadataReference>();
        AddWithDependencies(assembly, found);
        return found;
    }

    // A package keeps its native libraries apart from the managed ones.
    private static async Task<IReadOnlyList<string>> Fetch(PackageName package, int line, CellScope scope)
    {
        var restored = await PackageRestore.Run(package, line, scope);
        lock (Probed)
            Probed.UnionWith(restored.Folders);
        return restored.Assemblies;
    }

    private Assembly LoadFile(string reference, int line)
    {
        var path = Path.GetFullPath(reference, folder);
        var name = Path.GetFileNameWithoutExtension(path);
        // The kit's own library is loaded already, and its types must be the same ones.
        if (AssemblyLoadContext.Default.Assemblies.FirstOrDefault(a => a.GetName().Name == name) is { } loaded)
            return loaded;
        if (!File.Exists(path))
            throw new CellSourceException($"There is no file '{reference}' (from the notebook's folder '{folder}'). Build the library first.", line);
        lock (Probed)
            Probed.Add(Path.GetDirectoryName(path)!);
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
        }
        catch (BadImageFormatException e)
        {
            throw new CellSourceException($"'{reference}' is not a .NET library: {e.Message}", line);
        }
    }

    private void AddWithDependencies(Assembly assembly, List<MetadataReference> found)
    {
        if (assembly.Location is not { Length: > 0 } path || Path.GetDirectoryName(path) == FrameworkFolder || !added.Add(assembly.GetName().Name!))
            return;
        found.Add(MetadataReference.CreateFromFile(path));
        loader.RegisterDependency(assembly);
        foreach (var dependency in assembly.GetReferencedAssemblies())
            if (TryLoad(dependency) is { } loaded)
                AddWithDependencies(loaded, found);
    }

    // A library may name optional dependencies that are not there.
    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyName(name);
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    private static string? Probe(string file)
    {
        lock (Probed)
            return Probed.Select(d => Path.Combine(d, file)).FirstOrDefault(File.Exists);
    }
}
