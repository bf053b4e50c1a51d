using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;
using Crane.Notebooks.Running;

namespace Crane.Core.Tests.Notebooks;

/// <summary>A notebook in a folder of its own, written cell by cell.</summary>
internal sealed class TestNotebook(string name = "test") : IDisposable
{
    private readonly JsonArray cells = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("crane-notebook-").FullName;

    public string Path => System.IO.Path.Combine(Folder, name + ".ipynb");

    public string OutFolder => System.IO.Path.Combine(Folder, "out");

    public StringWriter Log { get; } = new();

    public TestNotebook Code(string source, params string[] tags) => Add("code", source, tags);

    public TestNotebook Markdown(string source) => Add("markdown", source, []);

    public Notebook Load()
    {
        var root = new JsonObject
        {
            ["cells"] = cells.DeepClone(),
            ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["name"] = ".net-csharp", ["display_name"] = ".NET (C#)", ["language"] = "C#" } },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        if (!File.Exists(Path))
            File.WriteAllText(Path, root.ToJsonString());
        return Notebook.Load(Path);
    }

    public Task<ChapterResult> Run(double timeoutSeconds = 60) =>
        new NotebookRunner(TimeSpan.FromSeconds(timeoutSeconds), new RunLog(Log, "quick"), folder =>
            new NotebookEngine(folder)) { Grace = TimeSpan.FromSeconds(0.5) }.Run(Load());

    /// <summary>Runs it as <c>crane run</c> does, but in this process, which is quicker; in one of its own where that is asked for.</summary>
    public Task<int> RunCommand(bool inPlace = false, bool full = false, bool html = false, Dictionary<string, string>? parameters = null,
        bool ownProcess = false, double timeoutSeconds = 60) => Crane.Notebooks.Running.RunCommand.Run(
        new RunSettings
        {
            Notebooks = [Load()], InPlace = inPlace, Full = full, Html = html, OutFolder = OutFolder, Parameters = parameters ?? [],
            ReportPath = html ? System.IO.Path.Combine(OutFolder, "report.html") : null, CellTimeout = TimeSpan.FromSeconds(timeoutSeconds),
            Start = folder => ownProcess ? new CellProcess(folder) : new NotebookEngine(folder),
        }, Log);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private TestNotebook Add(string type, string source, string[] tags)
    {
        var cell = new JsonObject
        {
            ["cell_type"] = type, ["id"] = $"id-{cells.Count}", ["source"] = source,
            ["metadata"] = new JsonObject { ["tags"] = new JsonArray([.. tags.Select(t => (JsonNode)t)]) },
        };
        if (type == "code")
            (cell["outputs"], cell["execution_count"]) = (new JsonArray(), null);
        cells.Add((JsonNode)cell);
        return this;
    }
}

/// <summary>What the tests read from outputs.</summary>
internal static class Outputs
{
    public static string Text(this NotebookCell cell, int output = 0) => Lines.Join(cell.Outputs[output]!["text"]);

    public static string Data(this NotebookCell cell, string mime, int output = 0) => Lines.Join(cell.Outputs[output]!["data"]![mime]);
}
