using System.Text.Json;
using Crane.Core.Display;
using Crane.Core.Vision;
using ScottPlot.Plottables;

namespace Crane.Core.Tests.Display;

public class FigureTests
{
    public static TheoryData<int> Indices() => [.. Enumerable.Range(0, Samples.Figures("").Count())];

    [Theory, MemberData(nameof(Indices))]
    public void Png_AnyFigure_IsTwiceItsSize(int index)
    {
        var figure = Samples.Figures("title").ElementAt(index) with { Width = 600, Height = 300 };
        var picture = PictureFile.Decode(figure.Png, "figure");
        Assert.Equal((1200, 600), (picture.Width, picture.Height));
    }

    [Theory, MemberData(nameof(Indices))]
    public void Png_Title_IsDrawnWithTheFontOfTheAssembly(int index)
    {
        int InkOf(string title) => Ink(Samples.Figures("").ElementAt(index) with { Title = title });
        Assert.True(InkOf("A title of some length") > InkOf(".") + 500);
        Assert.Equal("DejaVu Sans", Typeface.Face.FamilyName);
    }

    [Theory, MemberData(nameof(Indices))]
    public void Json_TitleAndLabels_StandAsLetters(int index)
    {
        var figure = Samples.Figures("<i>a & b").ElementAt(index);
        Assert.Equal("&lt;i&gt;a &amp; b", JsonDocument.Parse(figure.Json).RootElement.GetProperty("layout").GetProperty("title").GetProperty("text")
            .GetString());
        Assert.Contains("<i>a & b", figure.Text);
    }

    [Fact]
    public void Lines_BothFaces_HoldTheSamePoints()
    {
        var figure = Figure.Lines("", [new("a", [1, 2, 4, 8], [5, 7, double.NaN, 6])]);
        var drawn = Plot(figure).GetPlottables<Scatter>().SelectMany(s => s.Data.GetScatterPoints()).Select(p => (p.X, p.Y));
        Assert.Equal([(1, 5), (2, 7), (8, 6)], drawn);
        Assert.Equal([1, 2, 4, 8], Numbers(figure, "x"));
        Assert.Equal([5, 7, null, 6], Numbers(figure, "y"));
    }

    [Fact]
    public void Lines_LogarithmicAxis_LeavesOutWhatHasNoLogarithm()
    {
        var drawn = Plot(Figure.Lines("", [new("a", [1, 2, 3], [10, 0, 1000])], logY: true)).GetPlottables<Scatter>()
            .SelectMany(s => s.Data.GetScatterPoints());
        Assert.Equal([(1, 1), (3, 3)], drawn.Select(p => (p.X, p.Y)));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Bars_BothFaces_HoldTheSameValuesAndIntervals(bool horizontal)
    {
        var figure = Figure.Bars("", ["a", "b"], [new("s", [0.5, 0.75], [0.4, 0.7], [0.6, 0.9])], horizontal: horizontal);
        Assert.Equal([0.5, 0.75], Plot(figure).GetPlottables<BarPlot>().Single().Bars.Select(b => b.Value));
        Assert.Equal([0.5, 0.75], Numbers(figure, horizontal ? "x" : "y"));
        var error = Trace(figure).GetProperty(horizontal ? "error_x" : "error_y");
        Assert.Equal([0.1, 0.15], error.GetProperty("array").EnumerateArray().Select(v => Math.Round(v.GetDouble(), 9)));
        Assert.Equal([0.1, 0.05], error.GetProperty("arrayminus").EnumerateArray().Select(v => Math.Round(v.GetDouble(), 9)));
        // A stroke and two caps for each interval; the strokes run from the lower end to the upper.
        var strokes = Plot(figure).GetPlottables<LinePlot>().Where((_, i) => i % 3 == 0).Select(l => horizontal ? (l.Start.X, l.End.X) : (l.Start.Y, l.End.Y));
        Assert.Equal([(0.4, 0.6), (0.7, 0.9)], strokes);
    }

    [Fact]
    public void HeatMap_BothFaces_HoldTheSameMatrix()
    {
        double[,] values = { { 1, 2 }, { 3, double.NaN } };
        var figure = Figure.HeatMap("", values);
        Assert.Equal(values, Plot(figure).GetPlottables<Heatmap>().Single().Intensities);
        Assert.Equal([[1, 2], [3, null]], Trace(figure).GetProperty("z").EnumerateArray().Select(r => r.EnumerateArray().Select(Number).ToArray()));
    }

    [Fact]
    public void HeatMap_Numbers_HaveTheirFontFromTheBeginningAndNoNegativeZero()
    {
        using var plot = new ScottPlot.Plot();
        Figure.HeatMap("", new double[,] { { -0.001, 0.25 }, { -0.5, 120.26 } }).Draw(plot);    // before Font.Set: the first text of a process
        var texts = plot.GetPlottables<ScottPlot.Plottables.Text>().ToList();
        Assert.Equal(["0.00", "0.25", "-0.50", "120.3"], texts.Select(text => text.LabelText));
        Assert.All(texts, text => Assert.Equal(Typeface.Family, text.LabelFontName));
    }

    [Theory]
    [InlineData(new double[] { 0, 1, 2, 3 }, true)]
    [InlineData(new double[] { 0, 0.5, 1 }, false)]
    [InlineData(new double[] { 0, 100 }, false)]
    public void Lines_OverAFewWholeNumbers_HaveATickForEach(double[] x, bool each)
    {
        var figure = Figure.Lines("", [new("a", x, x)]);
        var layout = JsonDocument.Parse(figure.Json).RootElement.GetProperty("layout");
        Assert.Equal(each, layout.GetProperty("xaxis").TryGetProperty("dtick", out _));
        Assert.Equal(each, Plot(figure).Axes.Bottom.TickGenerator is ScottPlot.TickGenerators.NumericFixedInterval);
    }

    [Fact]
    public void Histogram_Values_FallIntoSharedBins()
    {
        var figure = Figure.Histogram("", [("a", [0, 1, 3.9, double.NaN]), ("b", [4])], bins: 4);
        Assert.Equal([[1, 1, 0, 1], [0, 0, 0, 1]], figure.Counts);
        Assert.Equal([0.5, 1.5, 2.5, 3.5], figure.Centres);
        Assert.Equal([1, 1, 0, 1, 0, 0, 0, 1], Plot(figure).GetPlottables<BarPlot>().SelectMany(p => p.Bars).Select(b => b.Value));
        Assert.Equal([1, 1, 0, 1], Numbers(figure, "y"));
    }

    [Fact]
    public void Scatter_Labels_StandAtTheSamePlacesOnBothFaces()
    {
        var figure = Figure.Scatter("", [new("a", [0, 1, 1], [0, 1, 1], ["left", "twin", new string('w', 200)])]);
        var drawn = Plot(figure).GetPlottables<ScottPlot.Plottables.Text>().Select(t => t.LabelText).ToArray();
        Assert.Equal(["left", "twin"], drawn);
        Assert.Equal(["left", "twin", ""], Trace(figure).GetProperty("text").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(3, Trace(figure).GetProperty("hovertext").GetArrayLength());
    }

    [Fact]
    public void Slope_ManyEqualValues_LabelsStandApart()
    {
        var figure = Figure.Slope("", [.. Enumerable.Range(0, 8).Select(i => ($"m{i}", 1.0, i * 0.001))], "before", "after");
        var layout = JsonDocument.Parse(figure.Json).RootElement.GetProperty("layout");
        double[] range = [.. layout.GetProperty("yaxis").GetProperty("range").EnumerateArray().Select(v => v.GetDouble())];
        foreach (var side in layout.GetProperty("annotations").EnumerateArray().GroupBy(a => a.GetProperty("x").GetDouble()))
        {
            double[] heights = [.. side.Select(a => a.GetProperty("y").GetDouble()).Order()];
            Assert.Equal(8, heights.Length);
            foreach (var (low, high) in heights.Zip(heights.Skip(1))) Assert.True((high - low) / (range[1] - range[0]) * (figure.Height - 90) > 12);
            Assert.InRange(heights[0], range[0], range[1]);
            Assert.InRange(heights[^1], range[0], range[1]);
        }
    }

    [Theory]
    [InlineData(new double[] { 0, 10, 20 }, new double[] { 0, 10, 20 })]
    [InlineData(new double[] { 5, 5, 5 }, new double[] { 3, 5, 7 })]
    [InlineData(new double[] { 9, 0, 1 }, new double[] { 9, -0.5, 1.5 })]
    public void Spread_Heights_AreApartAndNearWhatTheyWant(double[] wanted, double[] expected) => Assert.Equal(expected, LabelPlacer.Spread(wanted, gap: 2));

    [Fact]
    public void With_OtherData_KeepsTitleAndAxes()
    {
        var before = Figure.Lines("t", [new("a", [1, 2])], "x", "y", logY: true);
        var after = before.With(new Series("a", [1, 2, 3]));
        Assert.Equal(("t", "x", "y", true), (after.Title, after.X, after.Y, after.LogY));
        Assert.Equal(3, Numbers(after, "y").Length);
        Assert.Equal(2, Numbers(before, "y").Length);
    }

    [Fact]
    public void Factories_ListsThatDoNotFit_SayWhichAndHowMany()
    {
        Assert.Contains("'s' has 1 values, but there are 2 categories",
            Assert.Throws<ArgumentException>(() => Figure.Bars("", ["a", "b"], [new("s", [1])])).Message);
        Assert.Contains("'s' has 2 x values and 1 y values", Assert.Throws<ArgumentException>(() => new Series("s", [1, 2], [1])).Message);
        Assert.Contains("[0, 3]", Assert.Throws<ArgumentException>(() => Figure.HeatMap("", new double[0, 3])).Message);
        Assert.Contains("'p'", Assert.Throws<ArgumentException>(() => Figure.Scatter("", [new("p", [1], [1, 2])])).Message);
    }

    [Fact]
    public void Png_NoData_StillRenders()
    {
        foreach (var figure in new Figure[] { Figure.Lines("", []), Figure.Lines("", [new("a", [])], logY: true), Figure.Bars("", [], []),
            Figure.Scatter("", []), Figure.Histogram("", []), Figure.Slope("", [], "a", "b") })
            Assert.NotEmpty(figure.Png);
    }

    private static ScottPlot.Plot Plot(Figure figure)
    {
        var plot = new ScottPlot.Plot();
        figure.Draw(plot);
        return plot;
    }

    private static JsonElement Trace(Figure figure) => JsonDocument.Parse(figure.Json).RootElement.GetProperty("data")[0];

    private static double?[] Numbers(Figure figure, string name) => [.. Trace(figure).GetProperty(name).EnumerateArray().Select(Number)];

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();

    /// <summary>Dark values in the top 40 rows, where the title stands.</summary>
    private static int Ink(Figure figure)
    {
        var picture = PictureFile.Decode(figure.Png, "figure");
        return picture.Rgb.Take(40 * picture.Width * 3).Count(v => v < 128);
    }
}
