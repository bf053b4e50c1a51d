using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;

namespace Crane.Core.Tests.Evaluation.Tables;

public sealed class ResultsTableTests : IDisposable
{
    private static readonly TableColumn Exact = TableColumns.Success.Single(c => c is { Metric: GroundedSuccess.Id, Level: ProbeLevels.Exact });
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Best_AClearWinner_IsMarkedAndItsSiblingIsNotHeldAgainstIt()
    {
        var store = Store(("base", "none", 1, i => 0), ("ft", "none", 1, i => i % 4 == 0 ? 1 : 0), ("crane-sft", "gold", 1, i => i < 38 ? 1 : 0),
            ("crane-sft-grpo", "gold", 1, i => i < 39 ? 1 : 0));
        var table = new ResultsTable(store);
        var best = table.Best(table.Rows(), TableColumns.Success);
        Assert.Contains(best, cell => cell.Row.Method == "crane-sft-grpo" && cell.Column == Exact);
        Assert.DoesNotContain(best, cell => cell.Row.Method != "crane-sft-grpo");
    }

    [Fact]
    public void Best_ALeadWithinChance_IsNotMarked()
    {
        var store = Store(("ft", "none", 1, i => i < 20 ? 1 : 0), ("crane-sft", "gold", 1, i => i < 22 ? 1 : 0));
        var table = new ResultsTable(store);
        Assert.Empty(table.Best(table.Rows(), [Exact]));
    }

    [Fact]
    public void Best_ARivalWithoutStoredAnswers_KeepsTheMarkBack()
    {
        var store = Store(("ft", "none", 1, i => 0), ("crane-sft", "gold", 1, i => 1));
        File.Delete(Path.Combine(store.RunsFolder, "ft-single-none.jsonl.gz"));
        var table = new ResultsTable(new(folder));
        Assert.Empty(table.Best(table.Rows(), [Exact]));
        Assert.Contains("1 of 2 rows have no stored answers", new ResultsMarkdown(new(folder)).Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Best_ManyColumnsOfChance_AreHeldDownTogether()
    {
        // p of one comparison is just below 0.05; beside ten others that show nothing it does not count.
        var store = Store(("ft", "none", 1, i => i < 20 ? 1 : 0), ("crane-sft", "gold", 1, i => i < 24 ? 1 : 0));
        var table = new ResultsTable(store);
        var column = TableColumns.Success.Single(c => c.Metric == GroundedSuccess.Id && c.Stratum == Strata.Strong);
        Assert.NotEmpty(table.Best(table.Rows(), [column]));
        Assert.Empty(table.Best(table.Rows(), [column, .. Enumerable.Range(0, 10).Select(i => new TableColumn($"{i}", ProbeScores.FormatValidity))]));
    }

    [Fact]
    public void Compare_SeedsOfAProbe_CountOnce()
    {
        var store = Store(("ft", "none", 1, i => 0), ("crane-sft", "gold", 1, i => 1), ("crane-sft", "gold", 2, i => 0));
        var (ft, crane) = (new ResultsTable(store).Rows()[0], new ResultsTable(store).Rows()[1]);
        var comparison = new ResultsTable(store).Compare(crane, ft, Exact)!;
        Assert.Equal((0.5, 40, 40), (comparison.Difference, comparison.Probes, comparison.Edits));
    }

    [Fact]
    public void Write_Tables_HaveTheNumbersOfTheSummaryAndTheOrderOfTheMethods()
    {
        var store = Store(("crane-sft", "gold", 1, i => i < 38 ? 1 : 0), ("base", "none", 1, i => 0), ("ft", "none", 1, i => i % 4 == 0 ? 1 : 0));
        var text = new ResultsMarkdown(store).Write();
        var line = store.Summary.Single(l => l.Method == "ft" && Exact.Holds(l));
        Assert.Contains(RunReport.Percent(line), text, StringComparison.Ordinal);
        Assert.Contains("**95.0 [", text, StringComparison.Ordinal);
        Assert.True(text.IndexOf("| base |", StringComparison.Ordinal) < text.IndexOf("| FT |", StringComparison.Ordinal));
        Assert.True(text.IndexOf("| FT |", StringComparison.Ordinal) < text.IndexOf("| CRANE-SFT, gold |", StringComparison.Ordinal));
        Assert.Contains("another model and another benchmark", text, StringComparison.Ordinal);
        Assert.Contains("Not measured: FT, last layer", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Into_APage_ReplacesWhatStandsBetweenTheMarks()
    {
        var markdown = new ResultsMarkdown(Store(("base", "none", 1, i => 0), ("ft", "none", 1, i => 1)));
        var page = $"before\n{ResultsMarkdown.Begin}\nstale table\n{ResultsMarkdown.End}\nafter\n";
        var once = markdown.Into(page);
        Assert.StartsWith($"before\n{ResultsMarkdown.Begin}\n", once, StringComparison.Ordinal);
        Assert.EndsWith($"{ResultsMarkdown.End}\nafter\n", once, StringComparison.Ordinal);
        Assert.DoesNotContain("stale table", once, StringComparison.Ordinal);
        Assert.Equal(once, markdown.Into(once));
        Assert.Throws<InvalidDataException>(() => markdown.Into("no marks"));
        Assert.Throws<InvalidDataException>(() => markdown.Into(page + page));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ResultsStore Store(params (string Method, string Retrieval, int Seed, Func<int, double> Grounded)[] runs)
    {
        foreach (var (method, retrieval, seed, grounded) in runs)
        {
            ProbeRecord[] records = [.. Enumerable.Range(0, 40).Select(i => Record(i, grounded(i)))];
            new ResultsStore(folder).Add(new(new(StoredRun.Version, method, "single", retrieval, seed, "abc", "here", 60, 40, []),
                [.. records.Select(StoredAnswer.Of)]));
        }
        return new(folder);
    }

    private static ProbeRecord Record(int i, double grounded) =>
        new($"e{i}", $"e{i}/1", ProbeLevels.Exact, "visual", "strong", 1, "", [], "<think>t</think><answer>a</answer>", "t", "a", true, 1, null, 1,
            new(StringComparer.Ordinal) { [GroundedSuccess.Id] = grounded, [ProbeScores.FormatValidity] = 1, [TeacherForced.TokenAccuracyId] = 1 });
}
