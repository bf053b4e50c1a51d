using Crane.Core.Vision;
using Crane.Notebooks.Formatting;

namespace Crane.Core.Tests.Notebooks;

/// <summary>Pictures of charts of other libraries: the marks that the data asks for are there, in their colours.</summary>
public sealed class PlotlyStillTests
{
    private const string Red = "\"line\":{\"color\":\"#ff0000\"},\"marker\":{\"color\":\"#ff0000\"}";

    [Theory]
    [InlineData("[{\"type\":\"scatter\",\"mode\":\"lines\",\"x\":[1,2,3],\"y\":[1,null,2],$},{\"type\":\"scatter\",\"x\":[1,2],\"y\":[0,1],$}]",
        "{}", "scatter")]
    [InlineData("[{\"type\":\"scatter\",\"mode\":\"markers\",\"x\":[\"2024-01-01\",\"2024-02-01\"],\"y\":[1,2],$}]", "{}", "scatter")]
    [InlineData("[{\"type\":\"scatter\",\"x\":[1,10,100],\"y\":[1,10,1000],$}]", "{\"xaxis\":{\"type\":\"log\"},\"yaxis\":{\"type\":\"log\"}}", "scatter")]
    [InlineData("[{\"type\":\"bar\",\"x\":[\"a\",\"b\"],\"y\":[1,2],$},{\"type\":\"bar\",\"x\":[\"a\",\"b\"],\"y\":[2,1]}]", "{\"barmode\":\"stack\"}", "bar")]
    [InlineData("[{\"type\":\"bar\",\"orientation\":\"h\",\"y\":[\"a\",\"b\"],\"x\":[1,2],$}]",
        "{\"title\":\"<b>T</b>\",\"yaxis\":{\"autorange\":\"reversed\"}}", "[T: bar")]
    [InlineData("[{\"type\":\"histogram\",\"x\":[1,1,2,3,5],$}]", "{}", "histogram")]
    [InlineData("[{\"type\":\"box\",\"y\":[1,2,3,10],$}]", "{}", "box")]
    [InlineData("[{\"type\":\"pie\",\"labels\":[\"a\",\"b\"],\"values\":[3,1]}]", "{\"colorway\":[\"rgb(255, 0, 0)\",\"#00ff00\"]}", "pie")]
    public void Of_KnownKind_DrawsItsMarks(string data, string layout, string told)
    {
        var (png, text) = PlotlyStill.Of($"{{\"data\":{data.Replace("$", Red)},\"layout\":{layout}}}");
        Assert.Contains(told, text);
        var picture = PictureFile.Decode(png, "still");
        Assert.Equal((1400, 900), (picture.Width, picture.Height));
        Assert.True(Count(picture, (r, g, b) => r > 200 && Math.Abs(g - b) < 40 && g < 180) > 50, "no red mark");
    }

    [Fact]
    public void Of_HeatMap_PutsTheFirstRowBelow()
    {
        var picture = PictureFile.Decode(PlotlyStill.Of("{\"data\":[{\"type\":\"heatmap\",\"z\":[[0,0],[1,1]]}],\"layout\":{\"width\":300,\"height\":200}}").Png, "still");
        Assert.True(Bright(picture, picture.Height / 4) > Bright(picture, picture.Height * 5 / 8));
        static int Bright(Picture p, int row) => p.Rgb[3 * (row * p.Width + p.Width / 3)];
    }

    [Fact]
    public void Of_KindThatIsNotDrawn_IsNamedInWordsAndPicture()
    {
        var (png, text) = PlotlyStill.Of("{\"data\":[{\"type\":\"surface\",\"name\":\"hill\",\"z\":[[1,2],[3,4]]}],\"layout\":{}}");
        Assert.Contains("surface hill", text);
        Assert.True(Count(PictureFile.Decode(png, "still"), (r, g, b) => r < 90 && g < 90 && b < 90) > 200, "nothing is written");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"data\":[],\"layout\":{}}")]
    [InlineData("{\"data\":[{\"type\":\"bar\"},{\"type\":\"pie\"},{\"type\":\"heatmap\",\"z\":[]},{\"type\":\"histogram\",\"x\":[]},{}],\"layout\":{\"width\":1e9,\"title\":3}}")]
    [InlineData("{\"data\":[{\"type\":\"scatter\",\"x\":{\"bdata\":\"AA==\"},\"y\":[1e308,-1e308,\"NaN\"],\"line\":{\"color\":\"rgb(999,1,1)\"}}],\"layout\":{\"xaxis\":{\"type\":\"log\"}}}")]
    public void Of_OddFigure_IsAPictureAllTheSame(string json) => Assert.NotEmpty(PlotlyStill.Of(json).Png);

    private static int Count(Picture picture, Func<int, int, int, bool> wanted)
    {
        var count = 0;
        for (var i = 0; i < picture.Rgb.Length; i += 3)
            if (wanted(picture.Rgb[i], picture.Rgb[i + 1], picture.Rgb[i + 2]))
                count++;
        return count;
    }
}
