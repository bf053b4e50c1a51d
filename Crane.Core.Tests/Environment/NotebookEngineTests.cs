using Crane.Notebooks.Engine;

namespace Crane.Core.Tests.Notebooks;

[Collection(nameof(Torch))]
public sealed class NotebookEngineTests : IDisposable
{
    private readonly NotebookEngine engine = new(AppContext.BaseDirectory);
    private readonly List<CellOutput> outputs = [];

    public void Dispose() => engine.Dispose();

    [Fact]
    public async Task Execute_LaterCell_SeesEarlierState()
    {
        await Run("int x = 3; int Twice(int v) => 2 * v;");
        Assert.Equal("7", Plain(await Run("Twice(x) + 1")));
    }

    [Fact]
    public async Task Execute_Await_ComesBackToTheSameThread()
    {
        Assert.Equal("True", Plain(await Run("var before = Thread.CurrentThread.ManagedThreadId;\nawait Task.Run(() => Thread.Sleep(5));\nbefore == Thread.CurrentThread.ManagedThreadId")));
        Assert.Equal("cells", Plain(await Run("await Task.Delay(1);\nThread.CurrentThread.Name")));
    }

    [Fact]
    public async Task Execute_Console_ShowsBothStreamsInOrder()
    {
        await Run("Console.Write(\"a\");\nConsole.Error.Write(\"b\");\nawait Task.Run(() => Console.Write('c'));");
        Assert.Equal([("stdout", "a"), ("stderr", "b"), ("stdout", "c")], outputs.OfType<StreamOutput>().Select(s => (s.Name, s.Text)));
    }

    [Fact]
    public async Task Execute_TwoEngines_DoNotMixTheirConsoles()
    {
        using var other = new NotebookEngine(AppContext.BaseDirectory);
        var theirs = new List<CellOutput>();
        await Task.WhenAll(engine.Execute("for (var i = 0; i < 50; i++) { Console.Write('m'); await Task.Yield(); }", outputs.Add),
            other.Execute("for (var i = 0; i < 50; i++) { Console.Write('t'); await Task.Yield(); }", theirs.Add));
        Assert.Equal(new string('m', 50), string.Concat(outputs.OfType<StreamOutput>().Select(s => s.Text)));
        Assert.Equal(new string('t', 50), string.Concat(theirs.OfType<StreamOutput>().Select(s => s.Text)));
    }

    [Theory]
    [InlineData("var a = 1;\n\nint b = \"no\";", 3, "CS0029")]
    [InlineData("var q = new int[1];\nq[0] = 1;\nq[q[0]] = 2;", 3, "IndexOutOfRangeException")]
    [InlineData("await Task.Yield();\n\n\nthrow new InvalidOperationException(\"outer\", new FormatException(\"the cause\"));", 4,
        "caused by System.FormatException: the cause")]
    [InlineData("void Deep() =>\n    throw new NotSupportedException();\n\nDeep();", 2, "Deep")]
    public async Task Execute_Failure_NamesLineAndCause(string code, int line, string told)
    {
        var error = (await Run(code)).Error;
        Assert.Equal(line, error?.Line);
        Assert.Contains(told, string.Join('\n', error!.Trace));
        Assert.DoesNotContain("Microsoft.CodeAnalysis", string.Join('\n', error.Trace));
        Assert.Same(error, Assert.Single(outputs.OfType<ErrorOutput>()).Error);
    }

    [Fact]
    public async Task Execute_FailureInEarlierCellsFunction_NamesBothCells()
    {
        await Run("int Divide(int by) => 1 / by;");
        var error = (await Run("\nDivide(0)")).Error!;
        Assert.Equal(2, error.Line);
        Assert.Contains("Divide in cell 1, line 1", string.Join('\n', error.Trace));
    }

    [Fact]
    public async Task Execute_AfterFailure_KeepsWhatWasAssigned()
    {
        await Run("var kept = 5;\nthrow new Exception();");
        Assert.Equal("5", Plain(await Run("kept")));
    }

    [Theory]
    [InlineData("#!fsharp\nlet x = 1", "#!csharp, #!markdown, #!import, #!time, #!about")]
    [InlineData("var a = 1;\n#r \"nuget: NoSuchPackage, 1.0.0\"", "The package NoSuchPackage 1.0.0 does not come with the kit and cannot be fetched")]
    [InlineData("#r \"missing/library.dll\"", "There is no file 'missing/library.dll'")]
    public async Task Execute_WhatTheEngineLacks_IsSaid(string code, string told) => Assert.Contains(told, (await Run(code)).Error!.Message);

    [Fact]
    public async Task Execute_MagicInsideText_IsText() => Assert.Equal("\n#!fsharp\n", Plain(await Run("var t = @\"\n#!fsharp\n\";\nt")));

    [Fact]
    public async Task Execute_MarkdownAndTime_AreShownInOrder()
    {
        await Run("#!time\nConsole.Write(1);\n#!markdown\n# *Title*\n#!csharp\nConsole.Write(2);");
        Assert.Equal("# *Title*", Assert.IsType<DisplayOutput>(outputs[1]).Data["text/markdown"]);
        Assert.Equal("2", Assert.IsType<StreamOutput>(outputs[2]).Text);
        Assert.StartsWith("Wall time: ", Assert.IsType<DisplayOutput>(outputs[3]).Data["text/plain"]);
    }

    [Theory]
    [InlineData("#r \"Crane.Core.dll\"")]
    [InlineData("#r \"nuget: Deedle, 3.0.0\"")]
    [InlineData("#r \"nuget: Plotly.NET.Interactive\"")]
    public async Task Execute_WhatTheKitShips_IsSilent(string reference)
    {
        Assert.Null((await Run(reference)).Error);
        Assert.Empty(outputs);
    }

    [Fact]
    public async Task Execute_LibraryByPath_IsTheOneThatIsLoaded()
    {
        Assert.Equal(typeof(ProgressUpdate).Assembly.Location, Plain(await Run("#r \"Crane.Core.dll\"\ntypeof(Crane.Core.ProgressUpdate).Assembly.Location")));
        Assert.Single(AppDomain.CurrentDomain.GetAssemblies(), a => a.GetName().Name == "Crane.Core");
    }

    [Fact]
    public async Task Execute_Cancelled_CellSeesItsToken()
    {
        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var run = engine.Execute("display(1); await Task.Delay(-1, Cell.Cancellation);", _ => begun.TrySetResult(), stop.Token);
        await begun.Task.WaitAsync(TimeSpan.FromMinutes(2));   // a cell that has not begun is cancelled by the engine and sees nothing
        stop.Cancel();
        Assert.Contains("TaskCanceledException", (await run).Error!.Name);
        Assert.Null((await Run("1")).Error);
    }

    private Task<CellResult> Run(string code)
    {
        outputs.Clear();
        return engine.Execute(code, outputs.Add);
    }

    private string Plain(CellResult result)
    {
        Assert.Null(result.Error);
        return Assert.Single(outputs.OfType<ResultOutput>()).Data["text/plain"];
    }
}
