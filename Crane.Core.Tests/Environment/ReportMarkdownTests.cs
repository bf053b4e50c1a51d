using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;
using Crane.Notebooks.Pages;
using Crane.Notebooks.Running;

namespace Crane.Core.Tests.Notebooks;

[Collection(nameof(Torch))]
public sealed class ReportMarkdownTests
{
    [Fact]
    public async Task Of_ARun_HasProvenanceChaptersAndTheTablesOfTheResults()
    {
        using var notebook = new TestNotebook().Markdown("# Title").Code("1 + 1").Code("throw new Exception(\"a | b\");");
        var result = await notebook.Run();
        var line = new AblationLine("order", "Does it matter?", "as it is", GroundedSuccess.Id, "all", "all", 0.5, 0.4, 0.6, null, null, null, 10, 5,
            "0123456789ab", 1, "def", "here", 90);
        var text = ReportMarkdown.Of([result], [("x/broken.ipynb", "no JSON | at all")], [("commit", "abc"), ("mode", "quick")], new ResultsStore(),
            [line, line with { Variant = "turned", Mean = 0.2, Difference = -0.3, DifferenceLow = -0.4, DifferenceHigh = -0.2 }]);
        Assert.Contains("**order**: Does it matter? (5 edits; commits def; here; 3 min", text, StringComparison.Ordinal);
        Assert.Contains("| turned   | 20.0 [40.0, 60.0] (−30.0) |", text, StringComparison.Ordinal);
        Assert.Contains("| commit | abc |", text, StringComparison.Ordinal);
        Assert.Contains("**failed at cell 2**", text, StringComparison.Ordinal);
        Assert.Contains("| broken.ipynb | **not run**: no JSON \\| at all |", text, StringComparison.Ordinal);
        Assert.Contains("| base |", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n').Where(line => line.StartsWith('|')), line => Assert.EndsWith("|", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WithAReport_WritesMarkdownBesideIt()
    {
        using var notebook = new TestNotebook().Code("1 + 1");
        Assert.Equal(0, await notebook.RunCommand(html: true));
        Assert.Contains("# Crane: report", File.ReadAllText(Path.Combine(notebook.OutFolder, "report.md")), StringComparison.Ordinal);
    }
}
