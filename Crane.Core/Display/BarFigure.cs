using Plotly.NET;
using ScottPlot;
using Color = ScottPlot.Color;
using Layout = Plotly.NET.Layout;

namespace Crane.Core.Display;

/// <summary>Bars in groups. See <see cref="Figure.Bars"/>.</summary>
public sealed record BarFigure : Figure
{
    private const double GroupWidth = 0.8;

    internal BarFigure(string title, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> bars, string x, string y) : base(title, x, y)
    {
        foreach (var bar in bars)
            foreach (var list in new[] { bar.Values, bar.Low, bar.High })
                if (list is not null && list.Count != categories.Count)
                    throw new ArgumentException($"Series '{bar.Name}' has {list.Count} values, but there are {categories.Count} categories; use NaN where there is none.", nameof(bars));
        (Categories, Groups) = (categories, bars);
    }

    /// <summary>Names of the groups.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>The series; one bar in every group each.</summary>
    public IReadOnlyList<BarSeries> Groups { get; }

    /// <summary>Bars grow to the right, the first category on top.</summary>
    public bool Horizontal { get; init; }

    /// <summary>The same figure with other data, to redraw it while numbers arrive.</summary>
    /// <exception cref="ArgumentException">A series has another number of values than there are categories.</exception>
    public BarFigure With(IReadOnlyList<string> categories, params IReadOnlyList<BarSeries> bars) =>
        new(Title, categories, bars, X, Y) { Horizontal = Horizontal, Width = Width, Height = Height, Hues = Hues };

    internal override IEnumerable<Trace> Traces() => Groups.Select((bar, i) => PlotlyFace.Trace("bar",
        ("name", PlotlyFace.Text(bar.Name)), ("orientation", Horizontal ? "h" : "v"), ("marker", new { color = Palette.Of(Hue(i)) }),
        (Horizontal ? "y" : "x", Enumerable.Range(0, Categories.Count).ToArray()), (Horizontal ? "x" : "y", PlotlyFace.Numbers(bar.Values)),
        (Horizontal ? "error_x" : "error_y", Error(bar))));

    internal override void Arrange(Layout layout)
    {
        (string, object)[] names = [("tickmode", "array"), ("tickvals", Enumerable.Range(0, Categories.Count).ToArray()),
            ("ticktext", Categories.Select(PlotlyFace.Text).ToArray()), ("showgrid", false), ("zeroline", false)];
        if (!Horizontal && StaticFace.Slanted(Categories, Room)) names = [.. names, ("tickangle", -35)];
        layout.SetProperty("xaxis", Horizontal ? PlotlyFace.Axis(X) : PlotlyFace.Axis(X, names));
        layout.SetProperty("yaxis", Horizontal ? PlotlyFace.Axis(Y, [.. names, ("autorange", "reversed")]) : PlotlyFace.Axis(Y));
        layout.SetProperty("barmode", "group");
        layout.SetProperty("bargap", 1 - GroupWidth);
        layout.SetProperty("showlegend", Groups.Count > 1);
        if (Horizontal) layout.SetProperty("legend", new { traceorder = "normal" });
    }

    internal override void Draw(Plot plot)
    {
        var width = GroupWidth / Math.Max(1, Groups.Count);
        for (var i = 0; i < Groups.Count; i++)
        {
            var series = plot.Add.Bars(Bars(i, width));
            series.LegendText = Groups[i].Name;
        }
        for (var i = 0; i < Groups.Count; i++) DrawIntervals(plot, i, width);
        if (Horizontal) StaticFace.CategoriesLeft(plot, Categories);
        else StaticFace.CategoriesBelow(plot, Categories, Room);
        (plot.Grid.XAxisStyle.IsVisible, plot.Grid.YAxisStyle.IsVisible) = (Horizontal, !Horizontal);
        StaticFace.Legend(plot, Groups.Count);
        var values = Groups.SelectMany(g => g.Values.Concat(g.Low ?? []).Concat(g.High ?? [])).Where(double.IsFinite).Append(0).ToArray();
        var (low, high) = (values.Min(), Math.Max(values.Max(), values.Min() + 1e-9));
        var (bottom, top) = (low < 0 ? low - 0.06 * (high - low) : 0, high > 0 ? high + 0.06 * (high - low) : 0);
        if (Horizontal) plot.Axes.SetLimits(bottom, top, -0.6, Categories.Count - 0.4);
        else plot.Axes.SetLimits(-0.6, Categories.Count - 0.4, bottom, top);
    }

    private protected override string Describe() => $"bar chart{(Horizontal ? "" : Axes)}; " + string.Join("; ", Categories.Select((c, i) =>
        $"{c}: " + string.Join(", ", Groups.Select(g => (Groups.Count > 1 ? g.Name + " " : "") + g.Values[i].ToString("G4") + Interval(g, i)))));

    /// <summary>Pixels for the name of a category below the bars.</summary>
    private double Room => (Width - 190.0) / Math.Max(1, Categories.Count);

    private static string Interval(BarSeries bar, int at) => bar is { Low: { } low, High: { } high } ? $" ({low[at]:G4} to {high[at]:G4})" : "";

    private static object? Error(BarSeries bar) => bar is not { Low: { } low, High: { } high } ? null : new
    {
        type = "data", symmetric = false, color = "#444444", thickness = 1.4, width = 4,
        array = PlotlyFace.Numbers(bar.Values.Select((v, i) => high[i] - v)), arrayminus = PlotlyFace.Numbers(bar.Values.Select((v, i) => v - low[i])),
    };

    /// <summary>Where the bar of a series stands in a category, in axis units.</summary>
    private double Position(int series, int category, double width)
    {
        var offset = (series - (Groups.Count - 1) / 2.0) * width;
        return Horizontal ? Categories.Count - 1 - category - offset : category + offset;
    }

    private List<Bar> Bars(int series, double width) =>
        [.. Enumerable.Range(0, Categories.Count).Where(c => double.IsFinite(Groups[series].Values[c])).Select(c => new Bar
    {
        Position = Position(series, c, width), Value = Groups[series].Values[c], Size = width * 0.94, LineWidth = 0, FillColor = StaticFace.Of(Hue(series)),
        Orientation = Horizontal ? Orientation.Horizontal : Orientation.Vertical,
    })];

    private void DrawIntervals(Plot plot, int series, double width)
    {
        if (Groups[series] is not { Low: { } low, High: { } high }) return;
        for (var c = 0; c < Categories.Count; c++)
        {
            if (!double.IsFinite(low[c]) || !double.IsFinite(high[c])) continue;
            var (at, cap) = (Position(series, c, width), width * 0.14);
            Stroke(plot, at, low[c], at, high[c]);
            foreach (var end in new[] { low[c], high[c] }) Stroke(plot, at - cap, end, at + cap, end);
        }
    }

    private void Stroke(Plot plot, double x1, double y1, double x2, double y2)
    {
        var line = Horizontal ? plot.Add.Line(y1, x1, y2, x2) : plot.Add.Line(x1, y1, x2, y2);
        (line.LineColor, line.LineWidth, line.MarkerSize) = (Color.FromHex("#444444"), 1.4f, 0);
    }
}
