using Crane.Core.Display;
using Deedle;

namespace Crane.Core.Tests.Display;

public class TableTests
{
    private sealed record Row(string Method, double TokenAccuracy, int? Edits, bool OK);

    private static readonly Row[] Rows = [new("FT", 0.991234, 3, true), new("a|b\nc", 0.5, null, false)];

    [Fact]
    public void Table_Records_BecomeAlignedMarkdown() => Assert.Equal("""
        | method | token accuracy | edits | OK  |
        | ------ | -------------: | ----: | --- |
        | FT     |         0.9912 |     3 | yes |
        | a\|b c |            0.5 |     – | no  |
        """, Show.Table(Rows).Markdown);

    [Fact]
    public void Format_Columns_OnlyThoseChange()
    {
        var table = Show.Table(Rows).Format("P1", "token accuracy");
        Assert.Contains("99.1 %", table.Markdown);
        Assert.Contains("|     3 |", table.Markdown);
        Assert.Contains("data-v=\"0.991234\">99.1 %", table.ToMimeBundle()[Mime.Html]);
    }

    [Fact]
    public void Cells_WithAnInterval_SortByTheirMean()
    {
        var html = Show.Table(["method", "success"], [["a", "95.0 [93.1, 96.9]"], ["b", "100.0 [99.0, 100.0] ★"], ["c", "–"], ["d", "3 [x"], ["e", "7 of 9"]])
            .ToMimeBundle()[Mime.Html];
        Assert.Contains("data-v=\"95\">95.0 <span class=\"ci\">[", html);
        Assert.DoesNotContain("class=\"num\"", html);                     // words are in that column too
        var numbers = Show.Table(["method", "success"], [["a", "95.0 [93.1, 96.9]"], ["c", "–"]]).ToMimeBundle()[Mime.Html];
        Assert.Contains("<th class=\"num\">success</th>", numbers);
        Assert.Contains("<td class=\"num\" data-v=\"95\">95.0 <span class=\"ci\">[", numbers);
        Assert.Contains("<td>a</td>", numbers);
        Assert.Contains("data-v=\"100\">100.0 ★ <span class=\"ci\">[99.0, 100.0]<", html);
        Assert.DoesNotContain("data-v=\"7\"", html);
    }

    private static readonly double[] High = [1, 3, double.NaN, 3], Low = [4, 2, 8, 9];
    private static readonly int[] Two = [1, 2], One = [1];

    [Fact]
    public void Best_Columns_AreBoldWithTiesAndWithoutNaN()
    {
        var table = Show.Table(("high", High), ("low", Low)).Highest("high").Lowest("low");
        Assert.Equal(3, table.ToMimeBundle()[Mime.Html].Split("<b>").Length - 1);
        Assert.Equal(2, table.Markdown.Split("**3**").Length - 1);
        Assert.Contains("**2**", table.Markdown);
        Assert.DoesNotContain("**", Show.Table(("none", High[2..3])).Highest("none").Markdown);
    }

    [Fact]
    public void Calls_OnATable_LeaveTheOriginalAlone()
    {
        var table = Show.Table(Rows);
        var before = table.Markdown;
        _ = table.Titled("t").Highest("edits").Format("0.0");
        Assert.Equal(before, table.Markdown);
    }

    [Fact]
    public void Table_UnknownColumn_IsNamedBesideThoseThatExist() =>
        Assert.Contains("No column 'x'; there are 'method', 'token accuracy', 'edits', 'OK'.",
            Assert.Throws<ArgumentException>(() => Show.Table(Rows).Highest("x")).Message);

    [Fact]
    public void Table_ColumnsOfOtherLength_AreRefused() =>
        Assert.Contains("'b' has 1 values, column 'a' has 2", Assert.Throws<ArgumentException>(() => Show.Table(("a", Two), ("b", One))).Message);

    [Fact]
    public void Table_RowOfOtherLength_IsRefused() =>
        Assert.Contains("Row 1 has 1 values, the header has 2 (a, b)", Assert.Throws<ArgumentException>(() => Show.Table(["a", "b"], [[1, 2], [3]])).Message);

    [Fact]
    public void Table_Frame_ShowsKeysAndMissingValues()
    {
        var frame = Frame.FromColumns(new Dictionary<string, Deedle.Series<string, double>>
        {
            ["x"] = new Deedle.Series<string, double>(["r1", "r2"], [1.5, 2]),
            ["y"] = new Deedle.Series<string, double>(["r2"], [7]),
        });
        Assert.Equal("""
            |     |   x |   y |
            | --- | --: | --: |
            | r1  | 1.5 |   – |
            | r2  |   2 |   7 |
            """, Show.Table(frame).Markdown);
    }

    [Fact]
    public void Table_Pictures_AreShown() => Assert.Contains("<img", Show.Table(("p", new[] { Samples.Tiny })).ToMimeBundle()[Mime.Html]);

    [Fact]
    public void Table_WordWiderThanThePage_MayBreak()
    {
        var html = Show.Table(("short", (string[])["Kenya"]), ("long", (string[])[new string('d', 200)])).ToMimeBundle()[Mime.Html];
        Assert.Contains("<td>Kenya</td><td class=\"long\">ddd", html);
    }

    [Fact]
    public void Sentence_Values_AreNoMarkdown()
    {
        var view = Show.Sentence($"Mean **{0.5:P0}** of *{3}* `{"<x>"}`, {"*not* **this**"}, 2 * 3 * 4, {{braces}} {null}.");
        Assert.Contains("Mean <b>50 %</b> of <i>3</i> <code>&lt;x&gt;</code>, *not* **this**, 2 * 3 * 4, {braces} .", view.Html);
        Assert.Equal("Mean **50 %** of *3* `<x>`, *not* **this**, 2 * 3 * 4, {braces} .", view.Text);
    }
}
