using Crane.Core.Benchmark;
using Crane.Core.Display;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Display;

/// <summary>Edits, probes and what evaluation says about them.</summary>
public class CardTests
{
    private static readonly Probe Asked = new("e/1", ["e", "f"], "multi-hop-1", Modality.Visual, null, "What is the capital?", ["Brazil", "Brasília"],
        "Brasília", ["Brasilia"], "attribute/open/1", "Tokyo");

    private static ProbeRecord Answered(string think, string answer) => new("e", "e/1", "multi-hop-1", "visual", "strong", 3, "", [new("e", 0.91), new("f", 1)],
        $"<think>{think}</think><answer>{answer}</answer>", think, answer, true, 0.5, null, 1,
        new() { ["generated/grounded-success"] = 0, ["form/valid"] = 1, ["words"] = 12.25 });

    [Fact]
    public void Edit_Visual_ShowsPictureAndChange()
    {
        var view = Show.Edit(new Edit("this-is-brazil", new("Whose flag is this?", Samples.Tiny), "Brazil", "Note: it is Brazil's."));
        Assert.StartsWith("visual edit this-is-brazil\n  question: Whose flag is this?\n  new answer: Brazil\n  note: Note", view.Text);
        Assert.Contains("<mark class=\"injected\">Brazil</mark>", view.Html);
        Assert.Contains("<img src=\"data:image/png", view.Html);
        Assert.DoesNotContain("subject", view.Text);
        Assert.StartsWith("textual edit t", Show.Edit(new Edit("t", new("Capital?"), "B", "n")).Text);
    }

    [Fact]
    public void Edit_OfTheBenchmark_ShowsOldAndNewAndCountsItsProbes()
    {
        var edit = BenchmarkFile.Shipped("dev").First(e => e.Modality == Modality.Visual && e.Probes.Length > 5);
        var view = Show.Edit(edit);
        Assert.Contains($"answer: {edit.OldAnswer} → {edit.Target}", view.Text);
        Assert.Contains($"probes: {edit.Probes.Length}: exact ", view.Text);
        Assert.Contains("<img", view.Html);
        Assert.Contains("nowhere.png (not found here)", Show.Edit(edit with { Picture = new("nowhere.png") }).Text);
        Assert.Contains("(not found here)", Show.Edit(edit with { Picture = new("../../outside.png") }).Text);
    }

    [Fact]
    public void Probe_Chain_IsShownInOrder()
    {
        var text = Show.Probe(Asked).Text;
        Assert.Contains("chain: Brazil → Brasília", text);
        Assert.Contains("old answer: Tokyo", text);
        Assert.Contains("edits in force: e, f", text);
        Assert.Contains("as without the edit", Show.Probe(Asked with { Level = ProbeLevels.LocalityImage, OldAnswer = "Brasília" }).Text);
    }

    [Fact]
    public void Record_WithItsProbe_ColoursTheChain()
    {
        var html = Show.Record(Answered("The note says Brazil, but the picture shows Japan.", "Tokyo"), Asked).Html!;
        Assert.Contains("<mark class=\"rejected\" title=\"rejected\">Brazil</mark>", html);
        Assert.Contains("class=\"doubt\"", html);
        Assert.Contains("<mark class=\"seen\" title=\"seen\">Tokyo</mark>", html);
        Assert.Contains("✗ generated/grounded-success", html);
        Assert.Contains("✓ form/valid", html);
        Assert.Contains("words 12.2", html);
        Assert.Contains("e (0.91), f (1)", html);
        Assert.Contains("<mark class=\"injected\" title=\"injected\">Brazil</mark>",
            Show.Record(Answered("It is Brazil's. Its capital is Brasília.", "Brasília"), Asked).Html);
        Assert.DoesNotContain("<mark", Show.Record(Answered("It is Brazil's.", "x")).Html);
    }

    [Fact]
    public void Record_BrokenForm_SaysSo() =>
        Assert.Contains("none: the form is broken, the limit of tokens ended it",
            Show.Record(Answered("", "") with { Output = "Brazil", Think = null, Answer = null, EndedByEos = false }).Text);

    [Fact]
    public void Record_OfAnotherProbe_IsRefused() =>
        Assert.Contains("answers probe 'e/1', not 'e/2'",
            Assert.Throws<ArgumentException>(() => Show.Record(Answered("a", "b"), Asked with { Id = "e/2" })).Message);

    [Fact]
    public void Records_DifferentMetrics_ShareATable()
    {
        var table = Show.Records([Answered("a", "b"), Answered("c", "d") with { Metrics = new() { ["other"] = 1 } }]);
        Assert.Equal(["probe", "level", "conviction", "in force", "answer", "form/valid", "generated/grounded-success", "other", "words"], table.Header);
        Assert.Null(table.Rows[0][7]);
        Assert.Equal(1.0, table.Rows[1][7]);
    }
}
