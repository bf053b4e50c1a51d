using System.Text.Json.Nodes;
using Crane.Notebooks.Files;

namespace Crane.Core.Tests.Notebooks;

/// <summary>The two faces of the engine: Debian's jupyter-nbconvert over the kernel, and the runner.</summary>
[Collection(nameof(Torch))]
public sealed class NbconvertTests
{
    [SkippableFact]
    public async Task Execute_Notebook_HasTheOutputsOfTheRunner()
    {
        Python.Need("nbconvert");
        using var notebook = new TestNotebook()
            .Markdown("# Title")
            .Code("#r \"nuget: Crane.Core\"\nusing Crane.Core.Display;\nvar bar = progress();\nConsole.WriteLine(\"é😀 <b>\");\nfor (var i = 0; i <= 20; i++) bar.Report(new(\"train\", i, 20));")
            .Code("display(HTML(\"<b>1</b>\"));\ndisplay(2);\nclear_output();\ndisplay(3);")
            .Code("Figure.Lines(\"Loss\", [new Series(\"loss\", [3.0, 2, 1])])")
            .Code("Show.Table([new { Name = \"<a>\", Value = 1.5 }])");
        var path = notebook.Load().Path;
        using var python = new Python();
        var (code, _, error) = python.Run("-m", "nbconvert", "--to", "notebook", "--execute", path, "--output-dir", python.Folder, "--output", "executed",
            "--ExecutePreprocessor.timeout=600", "--ExecutePreprocessor.startup_timeout=240");
        Assert.True(code == 0, error);
        Assert.Equal(0, await notebook.RunCommand());
        Assert.Equal(Outputs(Path.Combine(notebook.OutFolder, "test.ipynb")), Outputs(Path.Combine(python.Folder, "executed.ipynb")));
    }

    [SkippableFact]
    public void Execute_CellThatKillsTheKernel_IsToldOf()
    {
        Python.Need("nbconvert");
        using var notebook = new TestNotebook().Code("Environment.Exit(7);").Code("1");
        using var python = new Python();
        var (code, _, error) = python.Run("-m", "nbconvert", "--to", "notebook", "--execute", notebook.Load().Path, "--output-dir", python.Folder,
            "--ExecutePreprocessor.timeout=600", "--ExecutePreprocessor.startup_timeout=240");
        Assert.NotEqual(0, code);
        Assert.Contains("DeadKernelError", error);
    }

    [SkippableFact]
    public void Execute_Error_IsTheCells()
    {
        Python.Need("nbconvert");
        using var notebook = new TestNotebook().Code("var fine = 1;\nthrow new FormatException(\"told\");").Code("fine");
        using var python = new Python();
        var (code, _, error) = python.Run("-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", notebook.Load().Path, "--output-dir",
            python.Folder, "--output", "executed", "--ExecutePreprocessor.timeout=600", "--ExecutePreprocessor.startup_timeout=240");
        Assert.True(code == 0, error);
        var cells = Notebook.Load(Path.Combine(python.Folder, "executed.ipynb")).Cells;
        Assert.Equal("told", (string)cells[0].Outputs[0]!["evalue"]!);
        Assert.Equal("1", cells[1].Data("text/plain"));
    }

    // Lines joined, keys in order, the time that a bar says left out.
    private static string Outputs(string path) =>
        string.Join("\n\n", Notebook.Load(path).CodeCells.SelectMany(c => c.Outputs).Select(o => Timed().Replace(JupyterJson.Write(Joined(o!)), "")));

    private static JsonObject Joined(JsonNode output)
    {
        var copy = (JsonObject)output.DeepClone();
        foreach (var part in (JsonObject[])[copy, copy["data"] as JsonObject ?? []])
            foreach (var (name, value) in part.ToArray())
                if (value is JsonArray lines && lines.All(l => l is JsonValue))
                    part[name] = Lines.Join(lines);
        return copy;
    }

    private static System.Text.RegularExpressions.Regex Timed() => new(@" · [^\\""<]*? / s · took [\d.]+ s");
}
