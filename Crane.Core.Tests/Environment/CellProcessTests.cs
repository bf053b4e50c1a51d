using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;
using Crane.Notebooks.Running;

namespace Crane.Core.Tests.Notebooks;

/// <summary>Cells that take their process with them, and the runner that goes on.</summary>
[Collection(nameof(Torch))]
public sealed class CellProcessTests
{
    private const string Native = "static class C\n{\n    [System.Runtime.InteropServices.DllImport(\"libc\")] public static extern void abort();\n    [System.Runtime.InteropServices.DllImport(\"libc\")] public static extern IntPtr memset(IntPtr at, int value, IntPtr count);\n}\n";

    [SkippableTheory]
    [InlineData("Environment.Exit(3);", "ProcessExited", "with exit code 3")]
    [InlineData("Environment.FailFast(\"out of ideas\");", "ProcessCrashed", "out of ideas")]
    [InlineData("int Deeper(int n) => Deeper(n + 1) + 1;\nDeeper(0)", "ProcessCrashed", "Stack overflow")]
    [InlineData(Native + "C.abort();", "ProcessCrashed", "SIGABRT")]
    [InlineData(Native + "C.memset((IntPtr)0x7ead0000000, 1, (IntPtr)100);", "ProcessCrashed", "signal SIG")]
    [InlineData("System.Diagnostics.Process.GetCurrentProcess().Kill();\nThread.Sleep(-1);", "ProcessCrashed", "SIGKILL")]
    public async Task Run_CellThatEndsTheProcess_IsReportedAndTheRestIsNotRun(string code, string name, string told)
    {
        Skip.If(OperatingSystem.IsWindows(), "The signals and libc of Unix.");
        using var notebook = new TestNotebook().Code("Console.Write(\"kept\");").Code("Console.Write(\"last words\");\n" + code).Code("1").Code("2").Code("");
        Assert.Equal(1, await notebook.RunCommand(html: true, ownProcess: true));
        var cells = Notebook.Load(Path.Combine(notebook.OutFolder, "test.ipynb")).Cells;
        Assert.Equal("kept", cells[0].Text());
        Assert.Equal("last words", cells[1].Text());
        Assert.Equal(name, (string)cells[1].Outputs[1]!["ename"]!);
        Assert.Contains(told, string.Join('\n', cells[1].Outputs[1]!["traceback"]!.AsArray().Select(t => (string)t!)));
        Assert.Empty(cells[2].Outputs);
        Assert.Contains("code cell 2 failed", notebook.Log.ToString());
        Assert.Contains("2 cells after it were not run.", notebook.Log.ToString());
        var report = File.ReadAllText(Path.Combine(notebook.OutFolder, "report.html"));
        Assert.Contains($"failed at cell 2</b>: {name}; 2 not run", report);
        Assert.Contains("<div class=\"output notrun\">not run</div>", report);
    }

    [Fact]
    public async Task Run_GigabyteOfText_IsCutAndTheRunGoesOn()
    {
        using var notebook = new TestNotebook().Code("var line = new string('x', (1 << 20) - 1);\nfor (var i = 0; i < 1024; i++) Console.WriteLine(line);")
            .Code("Console.Write(\"next\");");
        Assert.Equal(0, await notebook.RunCommand(ownProcess: true));
        var cells = Notebook.Load(Path.Combine(notebook.OutFolder, "test.ipynb")).Cells;
        Assert.InRange(cells[0].Text().Length, OutputCollector.MostText, OutputCollector.MostText + 200);
        Assert.EndsWith("million characters of console text]\n", cells[0].Text());
        Assert.Equal("next", cells[1].Text());
    }

    [SkippableFact]
    public async Task Run_CellThatNeverEnds_IsKilledAndTheNextNotebookRuns()
    {
        Skip.If(OperatingSystem.IsWindows(), "libc of Unix.");
        using var endless = new TestNotebook().Code("using System.Runtime.InteropServices;\nstatic class C\n{\n    [DllImport(\"libc\")] public static extern uint sleep(uint seconds);\n}\nConsole.Write(Environment.ProcessId);\nC.sleep(600);");
        using var next = new TestNotebook("next").Code("Console.Write(\"ran\");");
        using var bad = new TestNotebook("bad");
        File.WriteAllText(bad.Path, "no JSON");
        var log = new StringWriter();
        var code = await RunCommand.Run(new RunSettings
        {
            Notebooks = [endless.Load(), next.Load()], Refused = [(bad.Path, "it is not JSON")], OutFolder = endless.OutFolder,
            CellTimeout = TimeSpan.FromSeconds(20),
            ReportPath = Path.Combine(endless.OutFolder, "report.html"),
        }, log);
        Assert.Equal(1, code);
        var outputs = Notebook.Load(Path.Combine(endless.OutFolder, "test.ipynb")).Cells[0];
        Assert.Equal("TimeoutException", (string)outputs.Outputs[1]!["ename"]!);
        Assert.Throws<ArgumentException>(() => System.Diagnostics.Process.GetProcessById(int.Parse(outputs.Text())));
        Assert.Equal("ran", Notebook.Load(Path.Combine(endless.OutFolder, "next.ipynb")).Cells[0].Text());
        Assert.Contains("1 of 3 notebooks ran to their end", log.ToString());
        Assert.Contains("Not run: it is not JSON", log.ToString());
        Assert.Contains("bad.ipynb</td><td><b class=\"failed\">not run</b>: it is not JSON", File.ReadAllText(Path.Combine(endless.OutFolder, "report.html")));
    }

    [Fact]
    public async Task CommandLine_NotebooksThatCannotBeRead_AreToldOfAndTheOthersRun()
    {
        using var python = new TestNotebook("python");
        using var old = new TestNotebook("old");
        using var good = new TestNotebook("good").Code("Console.Write(\"ran\");");
        File.WriteAllText(python.Path, "{\"nbformat\": 4, \"cells\": [], \"metadata\": {\"kernelspec\": {\"language\": \"python\"}}}");
        File.WriteAllText(old.Path, "{\"nbformat\": 3, \"worksheets\": []}");
        Assert.Equal(2, await Crane.Notebooks.CommandLine.Create().Parse(["run", python.Path, old.Path, good.Load().Path, "--out", good.OutFolder])
            .InvokeAsync());
        Assert.Equal("ran", Notebook.Load(Path.Combine(good.OutFolder, "good.ipynb")).Cells[0].Text());
        Assert.Equal(2, await Crane.Notebooks.CommandLine.Create().Parse(["run", python.Path, old.Path]).InvokeAsync());
    }

    [Fact]
    public async Task Execute_AllOutputsAndState_ComeThroughThePipe()
    {
        using var folder = new TestNotebook();
        using var cells = new CellProcess(folder.Folder);
        var shown = new List<CellOutput>();
        Task<CellResult> Run(string code, CancellationToken stop = default) => cells.Execute(code, shown.Add, new CellOptions(), stop);
        await Run("Console.Write(\"a\\n\");\nConsole.Error.Write('\\ud83d'); Console.Error.Write('\\ude00');\nvar d = display(1);\nd.Update(2);\nclear_output(wait: true);\n\"é😀<\"");
        Assert.Equal(["StreamOutput", "StreamOutput", "DisplayOutput", "DisplayUpdate", "ClearOutput", "ResultOutput"], shown.Select(o => o.GetType().Name));
        Assert.Equal(new StreamOutput("stdout", "a\n"), shown[0]);
        Assert.Equal(new StreamOutput("stderr", "😀"), shown[1]);
        Assert.Equal("é😀<", ((ResultOutput)shown[^1]).Data["text/plain"]);
        using var stop = new CancellationTokenSource(300);
        var stopped = await Run("var kept = 7;\nwhile (true) { }", stop.Token);
        Assert.Equal((2, "The cell was interrupted. What it had assigned stays."), (stopped.ExecutionCount, stopped.Error!.Message));
        Assert.Equal(3, (await Run("kept")).ExecutionCount);
        Assert.Equal("7", ((ResultOutput)shown[^1]).Data["text/plain"]);
        Assert.Equal(folder.Folder, await Text("Console.Write(Directory.GetCurrentDirectory());"));
        Assert.Equal("ProcessExited", (await Run("Environment.Exit(0);")).Error!.Name);
        Assert.Contains("ended in an earlier cell", (await Run("1")).Error!.Message);

        async Task<string> Text(string code)
        {
            await Run(code);
            return ((StreamOutput)shown[^1]).Text;
        }
    }

    [Fact]
    public async Task Terminal_ProgressOfACell_MovesOnItsLineAndGoesWhenItEnds()
    {
        var screen = new StringWriter();
        using var notebook = new TestNotebook().Code("#r \"Crane.Core.dll\"\nvar bar = progress();\nfor (var i = 0; i <= 4; i++)\n{\n    bar.Report(new(\"train\\u001b[2J\", i, 4, new string('d', 300)));\n    Thread.Sleep(220);\n}");
        await new NotebookRunner(TimeSpan.FromSeconds(60), new RunLog(screen, "quick", terminalWidth: 80), f => new NotebookEngine(f)).Run(notebook.Load());
        var lines = screen.ToString().Split("\r\u001b[K");
        Assert.InRange(lines.Length, 4, 8);
        Assert.Contains("train [2J [##########..........] 2 of 4 (50 %)", string.Join('\n', lines));
        Assert.All(lines.Skip(1).SkipLast(1), line => Assert.InRange(line.Length, 20, 79));
        Assert.Contains("var bar = progress();", lines[^1]);
        Assert.EndsWith(" s", lines[^1].TrimEnd());
        Assert.DoesNotContain("\r", (await Log(0)).ToString());

        async Task<StringWriter> Log(int width)
        {
            var log = new StringWriter();
            await new NotebookRunner(TimeSpan.FromSeconds(60), new RunLog(log, "quick", width), f => new NotebookEngine(f)).Run(notebook.Load());
            return log;
        }
    }
}
