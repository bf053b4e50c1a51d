using Crane.Notebooks.Files;

namespace Crane.Core.Tests.Notebooks;

[Collection(nameof(Torch))]
public sealed class RunnerTests
{
    [Theory]
    [InlineData("int Value = 1;", "7", "7")]
    [InlineData("long Value = 1;", "7", "7")]
    [InlineData("double Value = 1;", "1e-3", "0.001")]
    [InlineData("var Value = -1f;", "2.5", "2.5")]
    [InlineData("bool Value = false;", "TRUE", "True")]
    [InlineData("string Value = \"\";", "a \"quoted\" \\ text", "a \"quoted\" \\ text")]
    [InlineData("string? Value = \"x\";", "null", "")]
    public async Task Parameter_IsTypedAsDeclared(string declaration, string typed, string printed)
    {
        using var notebook = new TestNotebook().Code(declaration, "parameters").Code("Console.Write(Value);\nConsole.Write('.');");
        Assert.Equal(0, await notebook.RunCommand(parameters: new() { ["Value"] = typed }));
        var cells = Notebook.Load(Path.Combine(notebook.OutFolder, "test.ipynb")).Cells;
        Assert.Equal(["parameters"], cells[0].Tags);
        Assert.Equal(["injected-parameters"], cells[1].Tags);
        Assert.Equal(printed + ".", cells[2].Text());
    }

    [Theory]
    [InlineData("int Value = 1;", "Value", "a lot", "Value is declared as int, which 'a lot' is not")]
    [InlineData("int Value = 1; bool Quick = true;", "Values", "2", "No notebook has a parameter 'Values'. test has Value (int), Quick (bool).")]
    [InlineData("var Value = new object();", "Value", "2", "declare it with its type")]
    public async Task Parameter_ThatDoesNotFit_IsRefusedBeforeAnythingRuns(string declaration, string name, string value, string told)
    {
        using var notebook = new TestNotebook().Code(declaration, "parameters");
        var error = await Assert.ThrowsAsync<NotebookException>(() => notebook.RunCommand(parameters: new() { [name] = value }));
        Assert.Contains(told, error.Message);
        Assert.False(Directory.Exists(notebook.OutFolder));
    }

    [Theory]
    [InlineData(false, "True")]
    [InlineData(true, "False")]
    public async Task Full_ChapterThatDeclaresQuick_IsToldSo(bool full, string printed)
    {
        using var notebook = new TestNotebook().Code("bool Quick = true;", "parameters").Code("Console.Write(Quick);");
        await notebook.RunCommand(full: full);
        Assert.Equal(printed, Notebook.Load(Path.Combine(notebook.OutFolder, "test.ipynb")).Cells[^1].Text());
    }

    [Fact]
    public async Task InPlace_Twice_GivesIdenticalBytes()
    {
        using var notebook = new TestNotebook().Markdown("# Title\nä").Code("Console.WriteLine(\"<é>\");\ndisplay(1.5);\nnew[] { 1, 2 }").Code("// nothing");
        var before = File.ReadAllText(notebook.Load().Path);
        Assert.Equal(0, await notebook.RunCommand(inPlace: true));
        var once = File.ReadAllBytes(notebook.Path);
        Assert.Equal(0, await notebook.RunCommand(inPlace: true));
        Assert.Equal(once, File.ReadAllBytes(notebook.Path));
        Assert.NotEqual(before, File.ReadAllText(notebook.Path));
        Assert.Equal(["id-0", "id-1", "id-2"], notebook.Load().Cells.Select(c => (string)c.Node["id"]!));
        Assert.False(Directory.Exists(notebook.OutFolder));
    }

    [Fact]
    public async Task InPlace_Failure_LeavesTheFileAndShowsTheCell()
    {
        using var notebook = new TestNotebook().Code("var a = 1;").Code("var b = a;\n\nthrow new Exception(\"broken\");\n").Code("Console.Write(\"never\");");
        var before = File.ReadAllBytes(notebook.Load().Path);
        Assert.Equal(1, await notebook.RunCommand(inPlace: true));
        Assert.Equal(before, File.ReadAllBytes(notebook.Path));
        var log = notebook.Log.ToString();
        Assert.Contains("code cell 2 failed", log);
        Assert.Contains("    1 | var b = a;", log);
        Assert.Contains(">   3 | throw new Exception", log);
        Assert.Contains("System.Exception: broken", log);
        var cells = Notebook.Load(Path.Combine(notebook.OutFolder, "test.ipynb")).Cells;
        Assert.Equal("error", (string)cells[1].Outputs[0]!["output_type"]!);
        Assert.Empty(cells[2].Outputs);
    }

    [Theory]
    [InlineData("Console.Write(\"kept\");\nawait Task.Delay(-1, Cell.Cancellation);", false)]
    [InlineData("Console.Write(\"kept\");\nThread.Sleep(20000);", true)]
    public async Task Timeout_EndsTheRun(string code, bool leftBehind)
    {
        using var warm = new TestNotebook().Code("Console.Write(1);");
        await warm.Run();   // the compiler's first start would use up the time
        using var notebook = new TestNotebook().Code(code).Code("Console.Write(\"never\");");
        var result = await notebook.Run(timeoutSeconds: 4);
        Assert.Equal((1, "TimeoutException"), (result.Failure!.Number, result.Failure.Error.Name));
        Assert.Equal(leftBehind, result.Failure.Error.Message.Contains("left behind"));
        Assert.Equal(["stream", "error"], result.Notebook.Cells[0].Outputs.Select(o => (string)o!["output_type"]!));
        Assert.Empty(result.Notebook.Cells[1].Outputs);
    }

    [Theory]
    [InlineData(2, "run", "no-such-chapter")]
    [InlineData(2, "run", "no-such-chapter", "-p", "Steps")]
    [InlineData(1, "run", "--quick", "--full")]
    [InlineData(1, "run", "--timeout", "-1")]
    [InlineData(1, "chapters", "--timeout", "NaN")]
    [InlineData(1, "sft", "--steps", "0")]
    [InlineData(1, "pretrain", "--threads", "-2")]
    [InlineData(1, "tune", "--minutes", "0")]
    [InlineData(1, "strata", "--samples", "few")]
    [InlineData(1, "evaluate", "base", "--edits", "-3")]
    [InlineData(1, "evaluate", "base", "--retrieval", "golden")]
    [InlineData(1, "evaluate", "base", "--split", "validation")]
    [InlineData(2, "evaluate", "no-such-method")]
    [InlineData(2, "tune", "no-such-method")]
    [InlineData(0, "run", "--help")]
    public async Task CommandLine_WithoutARun_HasItsExitCode(int code, params string[] arguments) =>
        Assert.Equal(code, await Crane.Notebooks.CommandLine.Create().Parse(arguments).InvokeAsync());

    [Fact]
    public async Task Run_FolderAndOrder_AreTheNotebooksOwn()
    {
        using var notebook = new TestNotebook().Code("Console.Write(Directory.GetCurrentDirectory());").Code("Console.Write(\"second\");");
        var before = Directory.GetCurrentDirectory();
        var result = await notebook.Run();
        Assert.Equal(notebook.Folder, result.Notebook.Cells[0].Text());
        Assert.Equal(before, Directory.GetCurrentDirectory());
        Assert.Equal([1, 2], result.Notebook.Cells.Select(c => (int)c.Node["execution_count"]!));
        Assert.Contains("2/2", notebook.Log.ToString());
    }
}
