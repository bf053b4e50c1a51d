using Plotly.NET;
using ScottPlot;
using Color = ScottPlot.Color;
using Layout = Plotly.NET.Layout;

namespace Crane.Core.Display;

/// <summary>Points with names. See <see cref="Figure.Scatter"/>.</summary>
public sealed record ScatterFigure : Figure
{
    private const float LabelSize = 10.5f, LegendSize = 12;
    private static readonly MarkerShape[] Shapes = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledDiamond,
        MarkerShape.FilledTriangleUp];
    private static readonly string[] Symbols = ["circle", "square", "diamond", "triangle-up"];

    internal ScatterFigure(string title, IReadOnlyList<PointSeries> points, string x, string y) : base(title, x, y) => Points = points;

    /// <summary>The groups of points.</summary>
    public IReadOnlyList<PointSeries> Points
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>The same figure with other points, to redraw it while numbers arrive.</summary>
    /// <exception cref="ArgumentException">The lists of a group differ in length.</exception>
    public ScatterFigure With(params IReadOnlyList<PointSeries> points) => this with { Points = points };

    internal override IEnumerable<Trace> Traces()
    {
        var places = Places();
        return Points.Select((group, i) => PlotlyFace.Trace("scatter",
            ("name", PlotlyFace.Text(group.Name)), ("mode", group.Labels is null ? "markers" : "markers+text"),
            ("x", PlotlyFace.Numbers(group.X)), ("y", PlotlyFace.Numbers(group.Y)),
            ("text", group.Labels?.Select((l, p) => places[i][p] is Place.None ? "" : PlotlyFace.Text(l)).ToArray()),
            ("hovertext", group.Labels?.Select(PlotlyFace.Text).ToArray()),
            ("textposition", group.Labels is null ? null : places[i].Select(LabelPlacer.Plotly).ToArray()), ("textfont", new { size = LabelSize }),
            ("marker", new { color = Palette.Of(Hue(i)), size = 8, symbol = Symbols[i % Symbols.Length] })));
    }

    /// <summary>Logarithmic horizontal axis; points that are not positive are left out.</summary>
    public bool LogX { get; init; }

    internal override void Arrange(Layout layout)
    {
        layout.SetProperty("showlegend", Points.Count > 1);
        layout.SetProperty("annotations", Far().Select(label => new
        {
            x = Along(Points[label.Group].X[label.Point]), y = Points[label.Group].Y[label.Point], ax = label.X, ay = label.Y, showarrow = true,
            arrowhead = 0, arrowwidth = 1, arrowcolor = "#BBBBBB", standoff = 4, text = PlotlyFace.Text(Points[label.Group].Labels![label.Point]),
            font = new { size = LabelSize },
        }).ToArray());
        if (LogX) layout.SetProperty("xaxis", PlotlyFace.Axis(X, ("type", "log"), ("dtick", 1)));
    }

    internal override void Draw(Plot plot)
    {
        var places = Places();
        for (var i = 0; i < Points.Count; i++)
        {
            var group = Points[i];
            Coordinates[] finite = [.. group.X.Zip(group.Y, (x, y) => new Coordinates(Along(x), y)).Where(c => double.IsFinite(c.X) && double.IsFinite(c.Y))];
            var marks = plot.Add.Markers(finite, Shapes[i % Shapes.Length], 8, StaticFace.Of(Hue(i)));
            marks.LegendText = group.Name;
            for (var p = 0; p < (group.Labels?.Count ?? 0); p++) DrawLabel(plot, group.Labels![p], Along(group.X[p]), group.Y[p], places[i][p]);
        }
        foreach (var label in Far())
        {
            var (x, y) = (Along(Points[label.Group].X[label.Point]), Points[label.Group].Y[label.Point]);
            var leader = plot.Add.Line(x, y, x + label.Across, y + label.Up);
            (leader.LineColor, leader.LineWidth, leader.MarkerSize) = (Color.FromHex("#BBBBBB"), 1, 0);
            var text = plot.Add.Text(Points[label.Group].Labels![label.Point], x + label.Across, y + label.Up);
            (text.LabelFontSize, text.LabelFontColor, text.LabelAlignment) = (LabelSize, Color.FromHex(Palette.Ink),
                label.Y < 0 ? Alignment.LowerCenter : Alignment.UpperCenter);
        }
        plot.Axes.Margins(0.08, 0.1);
        if (LogX) plot.Axes.Bottom.TickGenerator = LineFigure.Decades(Points.SelectMany(p => p.X));
        StaticFace.Legend(plot, Points.Count);
    }

    private protected override string Describe() => $"scatter plot{Axes}; " + string.Join("; ", Points.Select(p => $"{p.Name} {p.X.Count} points"));

    /// <summary>A position in units of the axis; NaN where a logarithmic one has no place for it.</summary>
    private double Along(double x) => !LogX ? x : x > 0 ? Math.Log10(x) : double.NaN;

    private static void DrawLabel(Plot plot, string label, double x, double y, Place place)
    {
        if (place is Place.None || !double.IsFinite(x) || !double.IsFinite(y)) return;
        var (alignment, right, down) = place switch
        {
            Place.Right => (Alignment.MiddleLeft, 7f, 0f),
            Place.Left => (Alignment.MiddleRight, -7f, 0f),
            Place.Above => (Alignment.LowerCenter, 0f, -6f),
            _ => (Alignment.UpperCenter, 0f, 6f),
        };
        var text = StaticFace.Label(plot, label, x, y, LabelSize, Color.FromHex(Palette.Ink), alignment);
        (text.OffsetX, text.OffsetY) = (right, down);
    }

    /// <summary>Where each label goes <c>[groups][points]</c>, worked out once for both faces.</summary>
    private Place[][] Places() => Placed().Beside;

    /// <summary>Labels that have no room beside their point and stand some way off it, in pixels and in units of the axes.</summary>
    private List<(int Group, int Point, double X, double Y, double Across, double Up)> Far() => Placed().Far;

    private (Place[][] Beside, List<(int Group, int Point, double X, double Y, double Across, double Up)> Far) Placed()
    {
        double[] xs = [.. Points.SelectMany(p => p.X).Select(Along).Where(double.IsFinite)], ys = [.. Points.SelectMany(p => p.Y).Where(double.IsFinite)];
        if (xs.Length == 0 || ys.Length == 0) return ([.. Points.Select(p => new Place[p.X.Count])], []);
        var legend = Points.Count > 1 ? Math.Max(110.0, 60 + Points.Max(group => Typeface.Width(group.Name, LegendSize))) : 0;
        var (width, height) = (Width - 110.0 - legend, Height - 120.0);
        var placer = new LabelPlacer(LabelSize);
        double Pixel(double v, double[] all, double size) => all.Max() == all.Min() ? size / 2
            : (0.08 + 0.84 * (v - all.Min()) / (all.Max() - all.Min())) * size;
        var pixels = Points.Select(g => g.X.Select((x, p) => (X: Pixel(Along(x), xs, width), Y: height - Pixel(g.Y[p], ys, height))).ToArray()).ToArray();
        foreach (var (x, y) in pixels.SelectMany(g => g)) placer.Block(x, y, radius: 5);
        Place[][] beside = [.. Points.Select((g, i) => pixels[i].Select((at, p) => g.Labels is null ? Place.None : placer.Put(g.Labels[p], at.X, at.Y, width))
            .ToArray())];
        double Unit(double[] all, double size) => all.Max() == all.Min() ? 0 : (all.Max() - all.Min()) / (0.84 * size);
        var far = new List<(int, int, double, double, double, double)>();
        foreach (var (i, group) in Points.Index())
            for (var p = 0; p < (group.Labels?.Count ?? 0); p++)
                if (beside[i][p] is Place.None && double.IsFinite(pixels[i][p].X) && double.IsFinite(pixels[i][p].Y) && group.Labels![p].Length > 0
                    && placer.PutFar(group.Labels[p], pixels[i][p].X, pixels[i][p].Y, width, height) is var (dx, dy))
                    far.Add((i, p, dx, dy, dx * Unit(xs, width), -dy * Unit(ys, height)));
        return (beside, far);
    }

    private static IReadOnlyList<PointSeries> Checked(IReadOnlyList<PointSeries> groups)
    {
        foreach (var g in groups)
            if (g.X.Count != g.Y.Count || (g.Labels is not null && g.Labels.Count != g.X.Count))
                throw new ArgumentException($"Series '{g.Name}' has {g.X.Count} x values, {g.Y.Count} y values and {g.Labels?.Count.ToString() ?? "no"} labels; expected as many of each.", nameof(groups));
        return groups;
    }
}
