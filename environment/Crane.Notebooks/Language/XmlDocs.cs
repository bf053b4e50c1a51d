using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;

namespace Crane.Notebooks.Language;

/// <summary>Documentation comments of symbols: of cells from their source, of libraries from the XML file beside them, in the package cache, or in the
/// SDK.</summary>
internal static class XmlDocs
{
    private static readonly string FrameworkFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
    private static readonly Lazy<string[]> FrameworkFiles = new(FindFrameworkFiles);
    private static readonly ConcurrentDictionary<(string Assembly, string Id), string?> Known = new();

    /// <summary>Summary, parameters, result and exceptions as text; null when nobody wrote any.</summary>
    public static string? Text(ISymbol symbol, Compilation compilation)
    {
        var xml = Xml(symbol, compilation);
        return string.IsNullOrWhiteSpace(xml) ? null : DocText.Of(xml);
    }

    private static string? Xml(ISymbol symbol, Compilation compilation)
    {
        var own = symbol.GetDocumentationCommentXml();
        var xml = !string.IsNullOrWhiteSpace(own) ? own : FromFile(symbol.OriginalDefinition, compilation);
        // A constructor or an override without words of its own is what its type or its base says.
        if (xml is not null && !xml.Contains("<inheritdoc"))
            return xml;
        return Inherited(symbol) is { } parent ? Xml(parent, compilation) ?? xml : xml;
    }

    private static ISymbol? Inherited(ISymbol symbol) => symbol switch
    {
        IMethodSymbol { OverriddenMethod: { } overridden } => overridden,
        IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => constructor.ContainingType,
        IPropertySymbol { OverriddenProperty: { } overridden } => overridden,
        ILocalSymbol local => local.Type,
        IFieldSymbol { ContainingType.IsScriptClass: true } variable => variable.Type,
        { ContainingType: { } type } => type.AllInterfaces.SelectMany(i => i.GetMembers(symbol.Name))
            .FirstOrDefault(m => SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(m), symbol)),
        _ => null,
    };

    private static string? FromFile(ISymbol symbol, Compilation compilation)
    {
        if (symbol.ContainingAssembly is not { } assembly || symbol.GetDocumentationCommentId() is not { } id
            || compilation.GetMetadataReference(assembly) is not PortableExecutableReference { FilePath: { } path })
            return null;
        return Known.GetOrAdd((path, id), key => FilesOf(key.Assembly, symbol).Select(f => Find(f, key.Id)).FirstOrDefault(x => x is not null));
    }

    private static IEnumerable<string> FilesOf(string assembly, ISymbol symbol)
    {
        if (Path.GetDirectoryName(assembly) != FrameworkFolder)
            return ((string[])[Path.ChangeExtension(assembly, ".xml"), InPackageCache(assembly)]).Where(File.Exists);
        // The framework's documentation is split otherwise than its libraries; the file named like the namespace is the likeliest.
        var name = symbol.ContainingNamespace?.ToDisplayString() ?? "";
        return FrameworkFiles.Value.OrderByDescending(f => Path.GetFileNameWithoutExtension(f) is var file
            && (file == name || file == "System.Runtime" || file == Path.GetFileNameWithoutExtension(assembly)));
    }

    // A file is searched, not parsed: the framework's are 30 MB together, and one entry is wanted.
    private static string? Find(string file, string id)
    {
        var text = File.ReadAllText(file);
        var start = text.IndexOf($"<member name=\"{id}\"", StringComparison.Ordinal);
        if (start < 0)
            return null;
        var end = text.IndexOf("</member>", start, StringComparison.Ordinal);
        return end < 0 ? null : text[start..(end + "</member>".Length)];
    }

    private static string InPackageCache(string assembly)
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Engine.ShippedPackages.FileOf(Path.GetFileNameWithoutExtension(assembly)) is { } relative
            ? Path.ChangeExtension(Path.Combine(cache, relative), ".xml") : "";
    }

    // …/dotnet/packs/Microsoft.NETCore.App.Ref/10.0.x/ref/net10.0/*.xml; there is none where only the runtime is installed.
    private static string[] FindFrameworkFiles()
    {
        var packs = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref"));
        var newest = Directory.Exists(packs) ? Directory.GetDirectories(packs, $"{Environment.Version.Major}.*").OrderBy(d => d.Length)
            .ThenBy(d => d, StringComparer.Ordinal).LastOrDefault() : null;
        return newest is null ? [] : Directory.GetFiles(newest, "*.xml", SearchOption.AllDirectories);
    }
}
