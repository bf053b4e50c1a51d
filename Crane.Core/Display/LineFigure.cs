using Plotly.NET;
using ScottPlot;
using ScottPlot.TickGenerators;
using Color = ScottPlot.Color;
using Layout = Plotly.NET.Layout;

namespace Crane.Core.Display;

/// <summary>Curves over a number. See <see cref="Figure.Lines"/>.</summary>
public sealed record LineFigure : Figure
{
    private const int LabelRoom = 150;
    private const float LabelSize = 11.5f;
    private const int MostCounts = 12;

    private static readonly (string Plotly, LinePattern Static)[] Dashes =
        [("solid", LinePattern.Solid), ("dash", LinePattern.Dashed), ("dot", LinePattern.Dotted)];

    internal LineFigure(string title, IReadOnlyList<Series> lines, string x, string y) : base(title, x, y) => Curves = lines;

    /// <summary>The curves.</summary>
    public IReadOnlyList<Series> Curves { get; init; }

    /// <summary>Logarithmic horizontal axis.</summary>
    public bool LogX { get; init; }

    /// <summary>Logarithmic vertical axis.</summary>
    public bool LogY { get; init; }

    /// <summary>Names stand at the ends of the curves, in their colour, instead of in a legend.</summary>
    public bool LabelEnds { get; init; }

    /// <summary>The same figure with other curves, to redraw it while numbers arrive.</summary>
    public LineFigure With(params IReadOnlyList<Series> lines) => this with { Curves = lines };

    internal override IEnumerable<Trace> Traces() => Curves.Select((line, i) => PlotlyFace.Trace("scatter",
        ("name", PlotlyFace.Text(line.Name)), ("mode", line.Y.Count == 1 ? "markers" : "lines"),
        ("x", PlotlyFace.Numbers(line.X)), ("y", PlotlyFace.Numbers(line.Y)),
        ("line", new { color = Palette.Of(Hue(i)), width = 2, dash = Dash(i).Plotly }), ("marker", new { color = Palette.Of(Hue(i)), size = 7 })));

    internal override void Arrange(Layout layout)
    {
        var across = Scale(LogX, Curves.SelectMany(c => c.X));
        layout.SetProperty("xaxis", PlotlyFace.Axis(X, CountsX ? [.. across, ("dtick", 1)] : across));
        layout.SetProperty("yaxis", PlotlyFace.Axis(Y, Scale(LogY, Curves.SelectMany(c => c.Y))));
        layout.SetProperty("showlegend", Curves.Count > 1 && !LabelEnds);
        layout.SetProperty("hovermode", "x unified");
        if (!LabelEnds) return;
        var ends = Ends();
        layout.SetProperty("annotations", ends.Select(end => new
        {
            x = end.X, y = end.Y, axref = "x", ayref = "y", ax = end.X + Lead, ay = end.Label, xanchor = "left", yanchor = "middle", showarrow = true,
            arrowhead = 0, arrowwidth = 1, arrowcolor = "#BBBBBB", standoff = 3,
            text = PlotlyFace.Text(Curves[end.Curve].Name), font = new { color = Palette.Dark(Hue(end.Curve)), size = LabelSize },
        }).ToArray());
        if (Across() is var (from, to)) layout.SetProperty("xaxis", PlotlyFace.Axis(X, [.. Scale(LogX, Curves.SelectMany(c => c.X)),
            ("range", new[] { from, to + 0.01 * (to - from) })]));
        layout.SetProperty("margin", new { l = 70, r = LabelRoom, t = Title.Length > 0 ? 60 : 24, b = 56 });
    }

    internal override void Draw(Plot plot)
    {
        for (var i = 0; i < Curves.Count; i++)
        {
            var first = true;
            foreach (var run in Runs(Curves[i]))
            {
                var curve = run.Length == 1 ? plot.Add.ScatterPoints(run, StaticFace.Of(Hue(i))) : plot.Add.ScatterLine(run, StaticFace.Of(Hue(i)));
                (curve.LineWidth, curve.LinePattern, curve.MarkerSize) = (2, Dash(i).Static, run.Length == 1 ? 6 : 0);
                if (first) curve.LegendText = Curves[i].Name;
                first = false;
            }
        }
        if (LogX) plot.Axes.Bottom.TickGenerator = Decades(Curves.SelectMany(c => c.X));
        else if (CountsX) plot.Axes.Bottom.TickGenerator = new NumericFixedInterval(1);
        if (LogY) plot.Axes.Left.TickGenerator = Decades(Curves.SelectMany(c => c.Y));
        if (!LabelEnds)
        {
            StaticFace.Legend(plot, Curves.Count);
            return;
        }
        plot.HideLegend();
        foreach (var end in Ends())
        {
            var leader = plot.Add.Line(end.X, end.Y, end.X + Lead, end.Label);
            (leader.LineColor, leader.LineWidth, leader.MarkerSize) = (Color.FromHex("#BBBBBB"), 1, 0);
            StaticFace.Label(plot, Curves[end.Curve].Name, end.X + Lead, end.Label, LabelSize, Color.FromHex(Palette.Dark(Hue(end.Curve))), Alignment.MiddleLeft)
                .OffsetX = 3;
        }
        var limits = plot.Axes.GetLimits();
        if (Across() is var (from, to)) plot.Axes.SetLimitsX(from, to + (to - from) * LabelRoom / (Width - LabelRoom - 90.0));
        plot.Axes.SetLimitsY(limits.Bottom, limits.Top);
    }

    /// <summary>The first and last position of all curves, in units of the axis.</summary>
    private (double From, double To)? Across()
    {
        double[] all = [.. Curves.SelectMany(c => Runs(c)).SelectMany(run => run).Select(c => c.X)];
        return all.Length == 0 ? null : (all.Min(), Math.Max(all.Max(), all.Min() + 1e-9));
    }

    /// <summary>How far a label stands behind the end of its curve, in units of the axis: a thin line leads to it.</summary>
    private double Lead => Across() is var (from, to) ? (to - from) * 18 / (Width - LabelRoom - 90.0) : 0;

    /// <summary>The last point of each curve in units of the axes, and how high its label stands. Only labels at nearly one position are in each other's
    /// way.</summary>
    private List<(int Curve, double X, double Y, double Label)> Ends()
    {
        var last = Enumerable.Range(0, Curves.Count).Select(i => (Curve: i, Points: Runs(Curves[i]).LastOrDefault())).Where(end => end.Points is not null)
            .Select(end => (end.Curve, Point: end.Points![^1])).ToList();
        if (last.Count == 0) return [];
        double[] all = [.. Curves.SelectMany(c => Runs(c)).SelectMany(run => run).Select(c => c.Y)];
        var gap = Math.Max(all.Max() - all.Min(), 1e-9) * 15 / (Height - 130);
        var near = Across() is var (from, to) ? 0.12 * (to - from) : 0;
        var (ends, groups) = (last.OrderBy(end => end.Point.X).ToList(), new List<List<(int Curve, Coordinates Point)>>());
        foreach (var end in ends)
            if (groups.Count > 0 && end.Point.X - groups[^1][^1].Point.X <= near) groups[^1].Add(end);
            else groups.Add([end]);
        return [.. groups.SelectMany(group => group.Zip(LabelPlacer.Spread([.. group.Select(end => end.Point.Y)], gap)))
            .Select(end => (end.First.Curve, end.First.Point.X, end.First.Point.Y, end.Second)).OrderBy(end => end.Curve)];
    }

    private protected override string Describe() => $"line chart{Axes}; " + string.Join("; ", Curves.Select(c =>
        c.Y.Count == 0 ? $"{c.Name} without points" : $"{c.Name} {c.Y.Count} points, last {c.Y[^1]:G4}"));

    /// <summary>Whether the positions are a few whole numbers, such as layers, between which no tick has a meaning.</summary>
    private bool CountsX => !LogX && Curves.SelectMany(c => c.X).ToArray() is { Length: > 0 } all
        && all.All(x => x == Math.Round(x)) && all.Max() - all.Min() <= MostCounts;

    /// <summary>Series of one colour differ by their dashes.</summary>
    private (string Plotly, LinePattern Static) Dash(int series) =>
        Dashes[Enumerable.Range(0, series).Count(other => Hue(other) % Palette.Series.Count == Hue(series) % Palette.Series.Count) % Dashes.Length];

    /// <summary>The stretches of a curve without gaps, in axis units.</summary>
    private IEnumerable<Coordinates[]> Runs(Series line)
    {
        var run = new List<Coordinates>();
        for (var i = 0; i < line.Y.Count; i++)
        {
            var (x, y) = (LogX ? Math.Log10(line.X[i]) : line.X[i], LogY ? Math.Log10(line.Y[i]) : line.Y[i]);
            if (double.IsFinite(x) && double.IsFinite(y)) run.Add(new(x, y));
            else if (run.Count > 0) { yield return [.. run]; run.Clear(); }
        }
        if (run.Count > 0) yield return [.. run];
    }

    private static (string, object)[] Scale(bool log, IEnumerable<double> values) =>
        log ? [("type", "log"), ("dtick", Span(values) is { } s && s.High - s.Low <= 1 ? "D2" : 1)] : [("type", "linear")];

    /// <summary>The powers of ten around the values, or null where none can stand on a logarithmic axis.</summary>
    private static (int Low, int High)? Span(IEnumerable<double> values)
    {
        double[] logs = [.. values.Where(v => v > 0 && double.IsFinite(v)).Select(Math.Log10)];
        return logs.Length == 0 ? null : ((int)Math.Floor(logs.Min()), (int)Math.Ceiling(logs.Max()));
    }

    /// <summary>Ticks at powers of ten, and at 2 and 5 times those where the range is short.</summary>
    internal static NumericManual Decades(IEnumerable<double> values)
    {
        if (Span(values) is not var (low, high)) return new NumericManual([0], ["1"]);
        double[] steps = high - low <= 1 ? [1, 2, 5] : [1];
        double[] ticks = [.. Enumerable.Range(low, high - low + 1).SelectMany(d => steps.Select(s => s * Math.Pow(10, d)))];
        return new NumericManual([.. ticks.Select(Math.Log10)], [.. ticks.Select(t => t is >= 1e5 or < 1e-4 ? t.ToString("0e+0") : t.ToString("G4"))]);
    }
}
