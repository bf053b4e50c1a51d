using Crane.Notebooks.Files;

namespace Crane.Core.Tests.Notebooks;

/// <summary>What ends up in the file.</summary>
[Collection(nameof(Torch))]
public sealed class DisplayTests
{
    private const string Charts = "#r \"nuget: Plotly.NET.CSharp\"\n#r \"nuget: XPlot.Plotly\"\n#r \"nuget: Deedle\"\n#r \"nuget: TorchSharp\"\n";

    [Fact]
    public async Task Update_InAndAfterItsCell_LeavesTheLastValue()
    {
        using var notebook = new TestNotebook()
            .Code("var bar = display(\"0 %\");\nConsole.Write(\"between\");\nfor (var i = 0; i < 100; i++) bar.Update($\"{i} %\");")
            .Code("bar.Update(\"done\");");
        var cells = (await notebook.Run()).Notebook.Cells;
        Assert.Equal(["display_data", "stream"], cells[0].Outputs.Select(o => (string)o!["output_type"]!));
        Assert.Equal("done", cells[0].Data("text/plain"));
        Assert.Empty(cells[1].Outputs);
    }

    [Fact]
    public async Task Progress_Reported_ShowsItsFinalState()
    {
        using var notebook = new TestNotebook().Code("#r \"Crane.Core.dll\"\nvar bar = progress();\nfor (var i = 0; i <= 20; i++) bar.Report(new Crane.Core.ProgressUpdate(\"Training\", i, 20));");
        var cell = (await notebook.Run()).Notebook.Cells[0];
        Assert.Single(cell.Outputs);
        Assert.Contains("20 of 20", cell.Data("text/plain"));
    }

    [Fact]
    public async Task Live_Training_RedrawsOneOutputAndEndsWithTheLastPoint()
    {
        using var notebook = new TestNotebook()
            .Code("var chart = live(\"Reward\", y: \"mean\");\nfor (var step = 0; step <= 3000; step++) chart.Add(step, (\"answer\", step / 3000.0));")
            .Code("chart.Add(4000, (\"answer\", 5));\nthrow new Exception();");
        var result = await notebook.Run();
        var output = Assert.Single(result.Notebook.Cells[0].Outputs)!;
        Assert.Contains("last 5", result.Notebook.Cells[0].Data("text/plain"));
        Assert.True(output["data"]!["application/vnd.plotly.v1+json"]!["data"]![0]!["y"]!.AsArray().Count <= 500);
        Assert.InRange(output.ToJsonString().Length, 10_000, 400_000);
        Assert.Equal("error", (string)Assert.Single(result.Notebook.Cells[1].Outputs)!["output_type"]!);
    }

    [Fact]
    public async Task Progress_CellThatFails_ShowsHowFarItCame()
    {
        using var notebook = new TestNotebook().Code("#r \"Crane.Core.dll\"\nvar bar = progress();\nfor (var i = 0; i <= 20; i++)\n{\n    bar.Report(new Crane.Core.ProgressUpdate(\"Training\", i, 20));\n    if (i == 13) throw new Exception();\n}");
        Assert.Contains("13 of 20", (await notebook.Run()).Notebook.Cells[0].Data("text/plain"));
    }

    [Theory]
    [InlineData("new Crane.Core.Editing.Edit(\"e1\", new(\"Capital?\"), \"Lima\", \"<script>\")", "textual edit e1")]
    [InlineData("Crane.Core.Benchmark.BenchmarkFile.Shipped(\"dev\")[0]", "edit dev-")]
    [InlineData("Crane.Core.Benchmark.BenchmarkFile.Shipped(\"dev\")[0].Probes[0]", "probe dev-")]
    [InlineData("new Crane.Core.Vision.Picture(2, 2, new byte[12])", "[picture 2 × 2]")]
    [InlineData("new InvalidOperationException(\"<script>outer\", new FormatException(\"inner\"))", "caused by System.FormatException: inner")]
    public async Task Display_PlainDataOfTheKit_HasAFace(string value, string text)
    {
        using var notebook = new TestNotebook().Code("#r \"Crane.Core.dll\"\n" + value);
        var result = await notebook.Run();
        Assert.Null(result.Failure);
        Assert.Contains(text, result.Notebook.Cells[0].Data("text/plain"));
        Assert.Contains("class=\"crane\"", result.Notebook.Cells[0].Data("text/html"));
        Assert.DoesNotContain("<script>", result.Notebook.Cells[0].Data("text/html"));
    }

    [Theory]
    [InlineData("display(1); clear_output(); display(2);", "2")]
    [InlineData("display(1); clear_output(wait: true); display(2);", "2")]
    [InlineData("display(1); clear_output(wait: true);", "1")]
    public async Task ClearOutput_TakesAwayWhatWasShown(string code, string left)
    {
        using var notebook = new TestNotebook().Code(code);
        var cell = (await notebook.Run()).Notebook.Cells[0];
        Assert.Single(cell.Outputs);
        Assert.Equal(left, cell.Data("text/plain"));
    }

    [Fact]
    public async Task Console_CarriageReturn_KeepsWhatATerminalWouldShow()
    {
        using var notebook = new TestNotebook().Code("Console.Write(\"10 %\\r20 %\\r30 %\\nend\\r\\n\");");
        Assert.Equal("30 %\nend\n", (await notebook.Run()).Notebook.Cells[0].Text());
    }

    [Fact]
    public async Task Console_TooMuch_IsCutWithANote()
    {
        using var notebook = new TestNotebook().Code("for (var i = 0; i < 3000; i++) Console.WriteLine(new string('x', 4000));");
        var text = (await notebook.Run()).Notebook.Cells[0].Text();
        Assert.InRange(text.Length, OutputCollector.MostText, OutputCollector.MostText + 200);
        Assert.EndsWith("million characters of console text]\n", text);
    }

    [Fact]
    public async Task Display_ScriptInText_StaysText()
    {
        using var notebook = new TestNotebook()
            .Code("\"<script>alert(1)</script>\"")
            .Code("new[] { new { Name = \"<script>alert(1)</script>\" } }")
            .Code(Charts + "using Deedle;\nFrame.FromRecords(new[] { new { Name = \"<script>alert(1)</script>\" } })");
        var result = await notebook.Run();
        Assert.Null(result.Failure);
        var cells = result.Notebook.Cells;
        Assert.DoesNotContain("text/html", cells[0].Outputs[0]!["data"]!.AsObject().Select(d => d.Key));
        Assert.All(cells.Skip(1), cell =>
        {
            Assert.Contains("&lt;script&gt;", cell.Data("text/html"));
            Assert.DoesNotContain("<script>alert", cell.Data("text/html"));
        });
    }

    [Fact]
    public async Task Display_Charts_GivePlotlyFiguresThatFetchNothing()
    {
        using var notebook = new TestNotebook()
            .Code(Charts + "Plotly.NET.CSharp.Chart.Line<int, double, string>(x: new[] { 1, 2 }, y: new[] { 2.0, 3.5 }, Name: \"</script>\")")
            .Code("XPlot.Plotly.Chart.Plot(new XPlot.Plotly.Scatter { x = new[] { 1, 2 }, y = new[] { 2.0, 3.5 }, name = \"</script>\" })");
        var result = await notebook.Run();
        Assert.Null(result.Failure);
        Assert.All(result.Notebook.Cells, cell =>
        {
            var figure = cell.Outputs[0]!["data"]!["application/vnd.plotly.v1+json"]!;
            Assert.Equal(3.5, (double)figure["data"]![0]!["y"]![1]!);
            Assert.DoesNotContain("http", cell.Data("text/html"));
            Assert.Equal(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, Convert.FromBase64String(cell.Data("image/png"))[..4]);
            Assert.Contains(cell.Data("image/png").Trim(), cell.Data("text/html"));
            Assert.Equal(1, cell.Data("text/html").Split("</script>").Length - 1);
        });
    }

    [Fact]
    public async Task Display_SeriesAndTensor_ShowTheirValues()
    {
        using var notebook = new TestNotebook()
            .Code(Charts + "using Deedle;\nnew SeriesBuilder<string, double> { { \"loss\", 0.125 } }.Series")
            .Code("TorchSharp.torch.ones(2, 3)");
        var result = await notebook.Run();
        Assert.Null(result.Failure);
        Assert.Contains("0.125", result.Notebook.Cells[0].Data("text/html"));
        Assert.Contains("[2, 3]", result.Notebook.Cells[1].Data("text/html"));
    }

    [Fact]
    public async Task Display_TypeWithItsOwnBundle_IsAsked()
    {
        using var notebook = new TestNotebook().Code(
            "class Own { public IReadOnlyDictionary<string, string> ToMimeBundle() => new Dictionary<string, string> { [\"text/plain\"] = \"mine\", [\"image/png\"] = \"aGk=\" }; }\nnew Own()");
        var cell = (await notebook.Run()).Notebook.Cells[0];
        Assert.Equal(("mine", "aGk="), (cell.Data("text/plain"), cell.Data("image/png")));
    }
}
