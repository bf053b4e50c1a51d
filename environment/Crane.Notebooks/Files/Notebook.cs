using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Core;

namespace Crane.Notebooks.Files;

/// <summary>A notebook file of nbformat 4 with C# cells.</summary>
public sealed class Notebook
{
    private readonly JsonObject root;
    private readonly List<NotebookCell> cells;

    private Notebook(string path, JsonObject root)
    {
        (Path, this.root) = (path, root);
        cells = [.. Array(root, "cells").Select(c => new NotebookCell((JsonObject)c!))];
    }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>The file's name without its ending, which names the chapter.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    public IReadOnlyList<NotebookCell> Cells => cells;

    public IEnumerable<NotebookCell> CodeCells => cells.Where(c => c.IsCode);

    /// <summary>The first heading of the text, or the name.</summary>
    public string Title => cells.Where(c => c.IsMarkdown).SelectMany(c => c.Source.Split('\n'))
        .FirstOrDefault(l => l.StartsWith("# ", StringComparison.Ordinal))?[2..].Trim() ?? Name;

    /// <exception cref="NotebookException">No file, not JSON, another nbformat, or another language.</exception>
    public static Notebook Load(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!File.Exists(path))
            throw new NotebookException($"There is no notebook '{path}'.");
        var root = Parse(path);
        var (major, minor) = (Integer(root["nbformat"]), Integer(root["nbformat_minor"]) ?? 0);
        if (major != 4)
            throw new NotebookException(major is null
                ? $"{path} is JSON, but no notebook: it has no 'nbformat'."
                : $"{path} is of nbformat {major}; 4 is read here. Convert it: jupyter nbconvert --to notebook --nbformat 4 FILE.");
        if (root["cells"] is not JsonArray list || list.Any(c => c is not JsonObject cell || cell["cell_type"] is null))
            throw new NotebookException($"{path}: 'cells' shall be a list of objects with a 'cell_type'. The file is damaged.");
        CheckLanguage(path, root);
        Normalize(root, minor);
        return new Notebook(path, root);
    }

    /// <summary>Puts a cell after another, or first.</summary>
    internal void InsertAfter(NotebookCell? anchor, NotebookCell cell)
    {
        var index = anchor is null ? 0 : cells.IndexOf(anchor) + 1;
        cells.Insert(index, cell);
        Array(root, "cells").Insert(index, cell.Node);
    }

    internal void Remove(NotebookCell cell)
    {
        cells.Remove(cell);
        Array(root, "cells").Remove(cell.Node);
    }

    /// <summary>Seconds that the chapter took when its outputs were made, by mode ("quick", "full"); null when nobody recorded them.</summary>
    public double? RecordedSeconds(string mode) => root["metadata"]?["crane"]?["seconds"]?[mode] is JsonValue value
        && value.TryGetValue<double>(out var seconds) ? seconds : null;

    /// <summary>Records how long the chapter took. Small changes are not worth a difference in the file.</summary>
    internal void RecordSeconds(string mode, double seconds)
    {
        if (RecordedSeconds(mode) is { } before && Math.Abs(seconds - before) <= Math.Max(10, before / 2))
            return;
        var crane = Child(Child(Child(root, "metadata"), "crane"), "seconds");
        crane[mode] = Math.Ceiling(seconds);
    }

    /// <summary>The file's text as Jupyter writes it.</summary>
    public string ToJson() => JupyterJson.Write(root);

    /// <summary>Writes the file whole or not at all.</summary>
    public void Save(string path)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        AtomicFile.WriteAllText(path, ToJson());
    }

    private static JsonObject Parse(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject
                ?? throw new NotebookException($"{path} is JSON, but no notebook: an object was expected.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new NotebookException($"{path} is not JSON, so it is no notebook: {e.Message}");
        }
    }

    private static void CheckLanguage(string path, JsonObject root)
    {
        var language = (string?)root["metadata"]?["kernelspec"]?["language"] ?? (string?)root["metadata"]?["language_info"]?["name"];
        if (language is not null && !IsCSharp(language))
            throw new NotebookException($"{path} is written in {language}; this engine runs C# notebooks (kernelspec '.net-csharp').");
        var number = 0;
        foreach (var cell in Array(root, "cells").OfType<JsonObject>())
        {
            number++;
            var own = (string?)cell["metadata"]?["polyglot_notebook"]?["kernelName"] ?? (string?)cell["metadata"]?["dotnet_interactive"]?["language"];
            if ((string?)cell["cell_type"] == "code" && own is not null && !IsCSharp(own))
                throw new NotebookException($"{path}: cell {number} is written in {own}; this engine runs C# cells.");
        }
    }

    private static bool IsCSharp(string language) => language.ToLowerInvariant() is "c#" or "csharp" or "polyglot-notebook";

    // 4.5 gave every cell an id; older files get ids that are the same at every run.
    private static void Normalize(JsonObject root, int minor)
    {
        if (minor < 5)
            root["nbformat_minor"] = 5;
        var number = 0;
        foreach (var cell in Array(root, "cells").OfType<JsonObject>())
        {
            number++;
            cell["id"] ??= $"cell-{number}";
            cell["metadata"] ??= new JsonObject();
            cell["source"] = Lines.Split(Lines.Join(cell["source"]));
        }
    }

    private static int? Integer(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    private static JsonArray Array(JsonObject parent, string name) => (JsonArray)parent[name]!;

    private static JsonObject Child(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
            parent[name] = child = [];
        return child;
    }
}
