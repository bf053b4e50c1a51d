using System.Text.Json;
using Crane.Core.Display;

namespace Crane.Core.Tests.Display;

public class FigureHuesTests
{
    private static readonly double[] X = [1, 10, 100], Falling = [90, 50, 10], Rising = [10, 20, 88];

    [Fact]
    public void Hues_OfAFigure_AreItsColoursInBothFaces()
    {
        var figure = Figure.Slope("t", [("a", 0.1, 0.9), ("b", 0.9, 0.1)], "from", "to");
        Assert.Equal([Palette.Of(0), Palette.Of(1)], Colours(figure));
        Assert.Equal([Palette.Of(3), Palette.Of(3)], Colours(figure with { Hues = [3, 3] }));
        Assert.NotEqual(figure.Png, (figure with { Hues = [3, 3] }).Png);
        Assert.Equal([Palette.Of(2), Palette.Of(5)], Colours(Figure.Scatter("t", [new("a", X, Falling), new("b", X, Rising)]) with { Hues = [2, 5] }));
    }

    [Fact]
    public void LabelEnds_OfCurves_NamesThemWhereTheyEndAndNotInALegend()
    {
        var figure = Figure.Lines("t", [new("falls", X, Falling), new("rises", X, Rising), new("empty", [], [])], "edits", "%",
            logX: true) with { LabelEnds = true };
        using var json = JsonDocument.Parse(figure.Json);
        var labels = json.RootElement.GetProperty("layout").GetProperty("annotations").EnumerateArray().ToList();
        Assert.Equal(["falls", "rises"], labels.Select(l => l.GetProperty("text").GetString()));
        Assert.All(labels, l => Assert.Equal(2, l.GetProperty("x").GetDouble(), 1e-9));   // log10 of 100
        Assert.False(json.RootElement.GetProperty("layout").GetProperty("showlegend").GetBoolean());
        Assert.NotEmpty(figure.Png);
        Assert.NotEmpty((Figure.Lines("t", [new("none", [], [])]) with { LabelEnds = true }).Png);
    }

    [Fact]
    public void Lines_OfOneHue_DifferByTheirDashes()
    {
        var figure = Figure.Lines("t", [new("a", X, Falling), new("b", X, Rising)]) with { Hues = [1, 1] };
        using var json = JsonDocument.Parse(figure.Json);
        Assert.Equal(["solid", "dash"], json.RootElement.GetProperty("data").EnumerateArray()
            .Select(t => t.GetProperty("line").GetProperty("dash").GetString()));
    }

    [Fact]
    public void LogX_OfPoints_LeavesOutWhatHasNoLogarithm()
    {
        var figure = Figure.Scatter("t", [new("a", [0, 0.01, 10], [1, 2, 3], ["zero", "small", "large"])]) with { LogX = true };
        Assert.Equal("log", JsonDocument.Parse(figure.Json).RootElement.GetProperty("layout").GetProperty("xaxis").GetProperty("type").GetString());
        Assert.NotEmpty(figure.Png);
    }

    [Fact]
    public void Details_Closed_ShowTheirSummaryAsText()
    {
        var view = Show.Details("a <b>", new("inside", "<i>inside</i>"));
        Assert.Contains("<summary>a &lt;b&gt;</summary><i>inside</i></details>", view.Html, StringComparison.Ordinal);
        Assert.Equal("a <b>\ninside", view.Text);
    }

    private static IEnumerable<string?> Colours(Figure figure)
    {
        using var json = JsonDocument.Parse(figure.Json);
        return [.. json.RootElement.GetProperty("data").EnumerateArray()
            .Select(trace => trace.GetProperty("marker").TryGetProperty("color", out var colour) ? colour.GetString()
            : trace.GetProperty("line").GetProperty("color").GetString())];
    }
}
