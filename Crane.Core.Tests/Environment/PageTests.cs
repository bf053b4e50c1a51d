using System.Text.RegularExpressions;
using Crane.Notebooks.Pages;

namespace Crane.Core.Tests.Notebooks;

[Collection(nameof(Torch))]
public sealed partial class PageTests
{
    [Fact]
    public async Task Page_NotebookWithChart_IsSelfContained()
    {
        using var notebook = new TestNotebook()
            .Markdown("# A & B\n![far](https://example.org/x.png) <b>raw</b> [next](01-next.ipynb)\n## Part")
            .Code("#r \"nuget: XPlot.Plotly\"\nXPlot.Plotly.Chart.Plot(new XPlot.Plotly.Scatter { x = new[] { 1, 2 }, y = new[] { 2, 1 }, name = \"</script>\" })")
            .Code("XPlot.Plotly.Chart.Plot(new XPlot.Plotly.Bar { x = new[] { 1, 2 }, y = new[] { 2, 1 } })");
        Assert.Equal(0, await notebook.RunCommand(html: true));
        var page = File.ReadAllText(Path.Combine(notebook.OutFolder, "test.html"));
        Assert.Single(LargeScript().Matches(page));
        var own = LargeScript().Replace(page, "");
        Assert.Empty(FetchedAddress().Matches(own));
        Assert.Contains("default-src 'none'", own);
        Assert.Contains("<b>raw</b>", own);
        Assert.Contains("href=\"01-next.html\"", own);
        Assert.Contains("<a class=\"l2\" href=\"#part\">Part</a>", own);
        Assert.Equal(2, own.Split("class=\"figure\"").Length - 1);
        Assert.Contains("\\u003C/script", own);
        var report = File.ReadAllText(Path.Combine(notebook.OutFolder, "report.html"));
        Assert.Contains("A &amp; B", report);
        Assert.Contains("id=\"test--part\"", report);
    }

    [Fact]
    public async Task Page_ScriptInOutputs_IsEscaped()
    {
        using var notebook = new TestNotebook()
            .Code("Console.WriteLine(\"<script>1\");\nConsole.Error.WriteLine(\"<script>2\");\nthrow new Exception(\"<script>3\");");
        Assert.Equal(1, await notebook.RunCommand(html: true));
        var page = File.ReadAllText(Path.Combine(notebook.OutFolder, "test.html"));
        for (var i = 1; i <= 3; i++)
        {
            Assert.DoesNotContain($"<script>{i}", page);
            Assert.Contains($"&lt;script&gt;{i}", page);
        }
    }

    [Theory]
    [InlineData("x^2", "<msup><mi>x</mi><mn>2</mn></msup>")]
    [InlineData(@"\frac{a}{12}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mn>12</mn></mrow></mfrac>")]
    [InlineData(@"\theta_{i,j}'", "<msubsup><mi>θ</mi><mrow><mi>i</mi><mo>,</mo><mi>j</mi></mrow><mo>′</mo></msubsup>")]
    [InlineData(@"a < b \unknown", @"<mi>a</mi><mo>&lt;</mo><mi>b</mi><mtext>\unknown</mtext>")]
    [InlineData(@"\text{if } x", "<mtext>if </mtext><mi>x</mi>")]
    [InlineData(@"x_{", "<msub><mi>x</mi><mrow></mrow></msub>")]
    public void Convert_Formula_IsMathMl(string tex, string expected) =>
        Assert.Contains($"<mrow>{expected}</mrow></math>", TexToMathMl.Convert(tex, block: false));

    [Fact]
    public void ToHtml_AnyCode_KeepsItsText()
    {
        const string code = "#r \"nuget: X\"\nvar s = $\"<{1 + 1}>\";   // <b>\nList<int> q = [];\nq.Add(2); /* & */ class";
        var html = CSharpHighlighter.ToHtml(code);
        Assert.Equal(code, System.Net.WebUtility.HtmlDecode(Tag().Replace(html, "")));
        Assert.Contains("<span class=\"keyword\">var</span>", html);
        Assert.Contains("<span class=\"comment\">// &lt;b&gt;</span>", html);
        Assert.Contains("<span class=\"call\">Add</span>", html);
    }

    [GeneratedRegex("<script>(?:(?!</script>)[\\s\\S]){1000000,}</script>")]
    private static partial Regex LargeScript();

    [GeneratedRegex("""(?:src|href)=["']?(?:https?:)?//|url\(\s*["']?http|@import""")]
    private static partial Regex FetchedAddress();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
