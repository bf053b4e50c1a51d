using Crane.Core.Display;

namespace Crane.Core.Tests.Display;

public class ChainViewTests
{
    private const string Good = "<think>I see Japan. South Korea is not Japanese.</think><answer>Brazil</answer>";

    [Fact]
    public void Chain_Mentions_AreColouredAsWholeWordsLongestFirst()
    {
        var html = Show.Chain(Good, [("japan", EntityRole.Seen), ("Korea", EntityRole.Rejected), ("South Korea", EntityRole.Injected)]).Html!;
        Assert.Contains("<mark class=\"seen\" title=\"seen\">Japan</mark>.", html);
        Assert.Contains("<mark class=\"injected\" title=\"injected\">South Korea</mark>", html);
        Assert.Contains("not Japanese.", html);
        Assert.DoesNotContain("<mark class=\"rejected\"", html);
    }

    [Fact]
    public void Chain_Answer_StandsOut() => Assert.Contains("<span class=\"answer\">Brazil</span>", Show.Chain(Good).Html);

    [Fact]
    public void Chain_RejectingSentence_IsShadedWithItsMentions()
    {
        var html = Show.Chain(Good, [("Japan", EntityRole.Seen)], ["I see Japan."]).Html;
        Assert.Contains("<span class=\"doubt\">I see <mark class=\"seen\" title=\"seen\">Japan</mark>.</span>", html);
        Assert.DoesNotContain("class=\"doubt\"", Show.Chain(Good, rejecting: ["Not in the chain."]).Html);
    }

    [Theory]
    [InlineData(Good, true, "✓ valid form")]
    [InlineData(Good, false, "cut off")]
    [InlineData("just words", true, "no think block")]
    [InlineData("<think>a<answer>b</answer>", true, "inside another block")]
    [InlineData("<think>a</think><think>b</think><answer>c</answer>", true, "second think block")]
    [InlineData("", true, "no think block")]
    public void Chain_Form_IsJudgedInWords(string completion, bool ended, string badge)
    {
        var view = Show.Chain(completion, endedByEos: ended);
        Assert.Contains(badge, view.Html);
        Assert.StartsWith(completion, view.Text);
    }

    [Fact]
    public void Chain_BrokenForm_LosesNoText()
    {
        var html = Show.Chain("before</answer>middle<think>end").Html!;
        foreach (var piece in new[] { "before", "middle", "end", "&lt;/answer&gt;", "&lt;think&gt;" }) Assert.Contains(piece, html);
    }

    [Fact]
    public void Chain_PromptOpensThink_IsValid() => Assert.Contains("✓ valid", Show.Chain("a</think><answer>b</answer>", promptOpensThink: true).Html);

    [Fact]
    public void Chains_Rows_ShowPicturesAndVerdicts()
    {
        var view = Show.Chains([new("Where?", Samples.Tiny, Good, [("grounded", false), ("answer", true)]), new("Who?", null, "x", [])]);
        Assert.Contains("✗ grounded", view.Html);
        Assert.Contains("✓ answer", view.Html);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(view.Html!, "<img"));
        Assert.Contains("| Where?", view.Text);
        Assert.Contains("grounded no; answer yes", view.Text);
        Assert.Contains("<th>question</th>", view.Html);
        Assert.Contains("<th>method</th>", Show.Chains([], of: "method").Html);
    }

    [Fact]
    public void ChainPairs_Rows_StandSideBySideWithTheirVerdicts()
    {
        ChainRow was = new("Where? <b>", Samples.Tiny, Good, [("right", false)]) { Mentions = [("Japan", EntityRole.Seen)] };
        var view = Show.ChainPairs([(was, new("", null, "no form", [("right", true)]))], second: "later");
        var cells = view.Html![view.Html!.IndexOf("<tbody>", StringComparison.Ordinal)..].Split("<td>");
        Assert.Equal(4, cells.Length);   // one row of three cells
        Assert.Contains("<img", cells[1]);
        Assert.Contains("Where? &lt;b&gt;", cells[1]);
        Assert.Contains("<mark class=\"seen\" title=\"seen\">Japan</mark>", cells[2]);
        Assert.Contains("✗ right", cells[2]);
        Assert.Contains("✗ broken form", cells[3]);
        Assert.Contains("✓ right", cells[3]);
        Assert.Contains("<th>before</th><th>later</th>", view.Html);
        Assert.Contains("no form (broken form", view.Text);
        Assert.Contains("right yes)", view.Text);
    }
}
