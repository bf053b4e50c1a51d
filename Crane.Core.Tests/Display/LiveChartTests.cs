using System.Text.Json;
using Crane.Core.Display;

namespace Crane.Core.Tests.Display;

public class LiveChartTests
{
    private sealed class Clock : TimeProvider
    {
        private long ticks;
        public void Wait(double seconds) => ticks += (long)(seconds * TimeSpan.TicksPerSecond);
        public override long GetTimestamp() => ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    private readonly Clock clock = new();
    private readonly List<LineFigure> drawn = [];

    private LiveChart Chart() => new(c => drawn.Add(c.Figure), Figure.Lines("reward", [], "step", "mean"), clock);

    [Fact]
    public void Add_ManyPoints_RedrawsSeldomAndLosesNone()
    {
        var chart = Chart();
        for (var step = 0; step < 1000; step++)
        {
            chart.Add(step, ("answer", step / 1000.0), ("format", 1));
            clock.Wait(0.01);
        }
        Assert.InRange(drawn.Count, 15, 21);
        chart.Redraw();
        var count = drawn.Count;
        chart.Redraw();
        Assert.Equal(count, drawn.Count);
        Assert.Equal(["answer", "format"], drawn[^1].Curves.Select(c => c.Name));
        Assert.Equal(999, drawn[^1].Curves[0].X[^1]);
        Assert.Equal(0.999, drawn[^1].Curves[0].Y[^1]);
    }

    [Fact]
    public void Figure_LongTraining_StaysSmallAndKeepsTheMean()
    {
        var chart = Chart();
        for (var step = 0; step < 100_000; step++) chart.Add(step, ("loss", step % 2 == 0 ? 1 : 3), ("gap", double.NaN));
        var curve = chart.Figure.Curves[0];
        Assert.InRange(curve.Y.Count, 400, 500);
        Assert.All(curve.Y.SkipLast(1), y => Assert.InRange(y, 1.98, 2.02));
        Assert.Equal(3, curve.Y[^1]);
        Assert.All(chart.Figure.Curves[1].Y, y => Assert.True(double.IsNaN(y)));
        Assert.InRange(chart.ToMimeBundle()[Mime.Plotly].Length, 1_000, 60_000);
    }

    [Fact]
    public void Add_NumbersOfATrainer_MakeACurveEach()
    {
        var chart = Chart();
        chart.Add(1, new SortedDictionary<string, double> { ["route"] = 0.5, ["answer"] = 0.25 });
        chart.Add(2, ("route", 0.75));
        Assert.Equal([2, 1], chart.Figure.Curves.OrderByDescending(c => c.Name).Select(c => c.Y.Count));
        Assert.Equal([1.0, 2], chart.Figure.Curves.Single(c => c.Name == "route").X);
    }

    [Fact]
    public void ToMimeBundle_NoPointYet_IsAnEmptyChart()
    {
        var bundle = Chart().ToMimeBundle();
        Assert.Contains("reward", bundle[Mime.Text]);
        Assert.Empty(JsonDocument.Parse(bundle[Mime.Plotly]).RootElement.GetProperty("data").EnumerateArray());
    }
}
