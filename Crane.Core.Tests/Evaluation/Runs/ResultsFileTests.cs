using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

public sealed class ResultsFileTests : IDisposable
{
    private static readonly SummaryLine Line = new("ft", "single", "none", "exact", "strong", "all", GroundedSuccess.Id, 0.25, 0.1, 0.4, 40, 20, [1, 2], "abc",
        "two cores", 12.5);
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Summary => Path.Combine(folder, "summary.jsonl");

    [Fact]
    public void Merge_ARunAgain_ReplacesItsLinesAndKeepsTheOthers()
    {
        ResultsFile.Merge(Summary, [Line, Line with { Level = "all" }]);
        ResultsFile.Merge(Summary, [Line with { Method = "base" }]);
        ResultsFile.Merge(Summary, [Line with { Mean = 0.3 }]);
        Assert.Equal([("base", 0.25), ("ft", 0.3)], ResultsFile.Read(Summary).Select(l => (l.Method, l.Mean)));
    }

    [Fact]
    public async Task Merge_RunsThatEndTogether_LoseNothing()
    {
        string[] ended = [.. ResultsFile.Methods.Take(12)];
        using var start = new Barrier(ended.Length);
        await Task.WhenAll(ended.Select(method => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            ResultsFile.Merge(Summary, [Line with { Method = method }]);
        }, TaskCreationOptions.LongRunning)));
        Assert.Equal(ended, ResultsFile.Read(Summary).Select(line => line.Method));
    }

    [Fact]
    public void Merge_Lines_HaveTheFieldsOfTheTablesInAFixedOrder()
    {
        ResultsFile.Merge(Summary, [Line with { Level = "all" }, Line]);
        var lines = File.ReadAllLines(Summary);
        Assert.Equal("""{"method":"ft","setting":"single","retrieval":"none","level":"exact","stratum":"strong","modality":"all","metric":"generated/grounded-success","mean":0.25,"low":0.1,"high":0.4,"n":40,"clusters":20,"seeds":[1,2],"commit":"abc","machine":"two cores","seconds":12.5}""", lines[0]);
        Assert.Contains("\"level\":\"all\"", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"method\":\"ft\"", "\"method\":\"FT\"", "field 'method' is 'FT'")]
    [InlineData("\"retrieval\":\"none\"", "\"retrieval\":\"oracle\"", "field 'retrieval'")]
    [InlineData("\"metric\":\"generated/", "\"metric\":\"", "field 'metric'")]
    [InlineData("\"low\":0.1", "\"low\":0.3", "out of order")]
    [InlineData(",\"seconds\":12.5", "", "seconds")]
    [InlineData("\"n\":40", "\"n\":40,\"note\":1", "note")]
    public void Read_ADamagedLine_IsNamed(string from, string to, string message)
    {
        ResultsFile.Merge(Summary, [Line with { Method = "base" }, Line]);
        File.WriteAllText(Summary, File.ReadAllText(Summary).Replace("\"method\":\"ft\"", "\"method\":\"ft\"").Replace(from, to));
        var error = Assert.Throws<InvalidDataException>(() => ResultsFile.Read(Summary));
        Assert.Contains("line ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_AnUnknownId_WritesNothing()
    {
        ResultsFile.Merge(Summary, [Line]);
        Assert.Throws<InvalidDataException>(() => ResultsFile.Merge(Summary, [Line with { Setting = "double" }]));
        Assert.Equal(Line.Mean, Assert.Single(ResultsFile.Read(Summary)).Mean);
    }

    [Fact]
    public void Of_TwoRuns_ArePairedProbeByProbe()
    {
        ProbeRecord[] Run(Func<int, double> value) =>
            [.. Enumerable.Range(0, 40)
                .Select(i => new ProbeRecord($"e{i / 2}", $"p{i}", i % 2 == 0 ? ProbeLevels.Exact : ProbeLevels.RephraseText, "visual", "strong", 1, "", [],
                "", null, null,
            true, null, null, 1, new(StringComparer.Ordinal) { [GroundedSuccess.Id] = value(i) }))];
        var (worse, better) = (Run(i => i < 10 ? 1 : 0), Run(i => i < 20 ? 1 : 0));
        var all = RunComparison.Of(worse, [.. better.Reverse().Skip(2)], GroundedSuccess.Id).Single(l => l.Level == RunSummary.All);
        Assert.Equal((38, 0, 10), (all.N, all.OnlyFirst, all.OnlySecond));
        Assert.Equal(10 / 38.0, all.Difference, 1e-12);
        Assert.True(all.Low > 0 && all.High < 1 && all.PValue < 0.05, $"{all}");
        var same = RunComparison.Of(worse, worse, GroundedSuccess.Id);
        Assert.All(same, line => Assert.Equal((0, 1, 1), (line.Difference, line.PValue, line.Adjusted)));
        Assert.Throws<ArgumentException>(() => RunComparison.Of(worse, [], GroundedSuccess.Id));
    }

    [Fact]
    public void Report_Lines_BecomeFrameMarkdownAndFigure()
    {
        var report = new RunReport([Line with { Stratum = "all" }, Line with { Stratum = "all", Level = "all", Mean = 0.5, High = 0.6 }, Line]);
        Assert.Equal((3, 12), (report.Frame().RowCount, report.Frame().ColumnCount));
        Assert.Equal(0.25, report.Means().GetColumn<double>(report.Means().ColumnKeys.Single()).Get("exact"));
        Assert.Contains("| exact | 40 | 25.0 [10.0, 40.0] |", report.Markdown(), StringComparison.Ordinal);
        Assert.Equal(25.0, report.Bars(GroundedSuccess.Id, "t").Groups[0].Values[0]);
        Assert.Throws<ArgumentException>(() => report.Bars("generated/nothing", "t"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
