using System.Text.Json;
using System.Text.RegularExpressions;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;
using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests;

/// <summary>What the project says of itself is what its files hold.</summary>
[Collection(nameof(Torch))]
public partial class RepositoryTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly string[] Rooms = ["Crane.Core", "Crane.Core.Tests", "environment", "notebooks"];
    private static readonly string Root = Path.GetDirectoryName(DataFolder.Path)!;

    [Fact]
    public void Readme_ExamTable_IsTheModelCards()
    {
        var card = File.ReadAllLines(DataFolder.Of("nano", "README.md")).Where(line => line.StartsWith('|')).ToList();
        var readme = File.ReadAllLines(Path.Combine(Root, "README.md"));
        Assert.True(card.Count > 10);
        foreach (var line in card) Assert.Contains(line, readme);
    }

    [Fact]
    public void Readme_ResultsTables_AreWhatTheResultsSay()
    {
        var readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        Assert.Equal(new ResultsMarkdown().Into(readme), readme);   // crane table --readme makes them
    }

    /// <summary>Prose quotes numbers with intervals; each is one of the results as they stand. Signed ones are differences of two runs, which the chapters
    /// compute.</summary>
    [Fact]
    public void Readme_IntervalsInProse_AreOfTheResults()
    {
        var readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        var (begin, end) = (readme.IndexOf(ResultsMarkdown.Begin, StringComparison.Ordinal), readme.IndexOf(ResultsMarkdown.End, StringComparison.Ordinal));
        var known = ResultsFile.Shipped().Select(line => RunReport.Percent(line))
            .Concat(KindSummary.Shipped().Select(line => RunReport.Percent(line.Mean, line.Low, line.High)))
            .Concat(Ablations.Shipped().Select(line => RunReport.Percent(line.Mean, line.Low, line.High))).ToHashSet();
        string[] quoted = [.. Interval().Matches(readme[..begin] + readme[end..]).Select(match => match.Value)];
        Assert.True(quoted.Length > 20);
        Assert.True(quoted.All(known.Contains), string.Join("; ", quoted.Except(known)));
    }

    [Fact]
    public void Results_OfEveryStoredRun_AreTheSummarysNumbers()
    {
        var store = new ResultsStore();
        foreach (var run in store.Summary.GroupBy(line => (line.Method, line.Setting, line.Retrieval)))
            if (store.Runs(run.Key.Method, run.Key.Setting, run.Key.Retrieval) is { Count: > 0 } seeds)
                Assert.Equal(ResultsStore.Lines(seeds).Select(line => (line.Level, line.Stratum, line.Modality, line.Metric, line.Mean, line.N)).Order(),
                    run.Select(line => (line.Level, line.Stratum, line.Modality, line.Metric, line.Mean, line.N)).Order());
    }

    [Fact]
    public void ModelCard_Table_IsTheExams()
    {
        var exam = JsonSerializer.Deserialize<ExamReport[]>(File.ReadAllText(DataFolder.Of("nano", "exam.json")), SnakeCase)!;
        var card = File.ReadAllText(DataFolder.Of("nano", "README.md"));
        foreach (var topic in exam) Assert.Contains(new Proportion(topic.Right, topic.Questions).ToString(), card);
    }

    [Fact]
    public void NanoHistory_EveryStage_HasTheCurriculumsSteps()
    {
        var history = TrainingFolder.ReadHistory(DataFolder.Of("nano", "history.jsonl"));
        Assert.Equal(Enumerable.Range(1, history.Count), history.Select(h => h.Step));
        Assert.Equal(Curriculum.Nano.Select(s => (s.Name, s.Steps)), history.GroupBy(h => h.Stage).Select(g => (g.Key, g.Count())));
    }

    [Fact]
    public void NanoFolder_Weights_AreWhatTheirConfigAsksFor()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        Assert.InRange(model.Model.parameters().Sum(p => p.numel()), 2_000_000, 3_000_000);
    }

    public static TheoryData<string> Notebooks() =>
        new(Directory.GetFiles(Path.Combine(Root, "notebooks"), "*.ipynb").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Notebooks))]
    public void Notebook_Committed_HasOutputsShortCellsAndNoErrors(string name)
    {
        using var notebook = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "notebooks", name)));
        var code = notebook.RootElement.GetProperty("cells").EnumerateArray().Where(c => c.GetProperty("cell_type").GetString() == "code").ToList();
        Assert.Contains(code, c => c.GetProperty("outputs").GetArrayLength() > 0);
        foreach (var cell in code)
        {
            Assert.True(cell.GetProperty("source").GetArrayLength() <= 15,
                string.Concat(cell.GetProperty("source").EnumerateArray().Select(l => l.GetString())));
            Assert.DoesNotContain(cell.GetProperty("outputs").EnumerateArray(), o => o.GetProperty("output_type").GetString() == "error");
            foreach (var output in cell.GetProperty("outputs").EnumerateArray())
                if (output.TryGetProperty("data", out var data) && data.TryGetProperty("application/vnd.plotly.v1+json", out _))
                    Assert.True(data.TryGetProperty("image/png", out _), "a Plotly figure has no PNG beside it.");
        }
    }

    [Fact]
    public void TextFiles_Everywhere_NameNoAbsolutePathOfAMachine()
    {
        string[] kinds = [".cs", ".md", ".props", ".targets", ".csproj", ".ipynb", ".json", ".cff", ".yml", ".jinja"];
        var files = Rooms.SelectMany(f => Directory.GetFiles(Path.Combine(Root, f), "*", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Root)).Where(f => kinds.Contains(Path.GetExtension(f))
                && !f.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}")
                && !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}"));
        foreach (var file in files) Assert.False(MachinePath().IsMatch(File.ReadAllText(file)), file);
    }

    [GeneratedRegex(@"(?<![−+\d.])\d+\.\d \[\d+\.\d, \d+\.\d\]")]
    private static partial Regex Interval();

    [GeneratedRegex(@"(?<![\w./""])/(?:home|root|Users)/\w|[A-Z]:\\\\Users")]
    private static partial Regex MachinePath();
}
