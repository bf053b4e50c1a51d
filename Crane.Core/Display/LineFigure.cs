using Plotly.NET;
using ScottPlot;
using ScottPlot.TickGenerators;
using Layout = Plotly.NET.Layout;

namespace Crane.Core.Display;

/// <summary>Curves over a number. See <see cref="Figure.Lines"/>.</summary>
public sealed record LineFigure : Figure
{
    private static readonly (string Plotly, LinePattern Static)[] Dashes = [("solid", LinePattern.Solid), ("dash", LinePattern.Dashed), ("dot", LinePattern.Dotted)];

    internal LineFigure(string title, IReadOnlyList<Series> lines, string x, string y) : base(title, x, y) => Curves = lines;

    /// <summary>The curves.</summary>
    public IReadOnlyList<Series> Curves { get; init; }

    /// <summary>Logarithmic horizontal axis.</summary>
    public bool LogX { get; init; }

    /// <summary>Logarithmic vertical axis.</summary>
    public bool LogY { get; init; }

    /// <summary>The same figure with other curves, to redraw it while numbers arrive.</summary>
    public LineFigure With(params IReadOnlyList<Series> lines) => this with { Curves = lines };

    internal override IEnumerable<Trace> Traces() => Curves.Select((line, i) => PlotlyFace.Trace("scatter",
        ("name", PlotlyFace.Text(line.Name)), ("mode", line.Y.Count == 1 ? "markers" : "lines"),
        ("x", PlotlyFace.Numbers(line.X)), ("y", PlotlyFace.Numbers(line.Y)),
        ("line", new { color = Palette.Of(i), width = 2, dash = Dash(i).Plotly }), ("marker", new { color = Palette.Of(i), size = 7 })));

    internal override void Arrange(Layout layout)
    {
        layout.SetProperty("xaxis", PlotlyFace.Axis(X, Scale(LogX, Curves.SelectMany(c => c.X))));
        layout.SetProperty("yaxis", PlotlyFace.Axis(Y, Scale(LogY, Curves.SelectMany(c => c.Y))));
        layout.SetProperty("showlegend", Curves.Count > 1);
        layout.SetProperty("hovermode", "x unified");
    }

    internal override void Draw(Plot plot)
    {
        for (var i = 0; i < Curves.Count; i++)
        {
            var first = true;
            foreach (var run in Runs(Curves[i]))
            {
                var curve = run.Length == 1 ? plot.Add.ScatterPoints(run, StaticFace.Of(i)) : plot.Add.ScatterLine(run, StaticFace.Of(i));
                (curve.LineWidth, curve.LinePattern, curve.MarkerSize) = (2, Dash(i).Static, run.Length == 1 ? 6 : 0);
                if (first) curve.LegendText = Curves[i].Name;
                first = false;
            }
        }
        if (LogX) plot.Axes.Bottom.TickGenerator = Decades(Curves.SelectMany(c => c.X));
        if (LogY) plot.Axes.Left.TickGenerator = Decades(Curves.SelectMany(c => c.Y));
        StaticFace.Legend(plot, Curves.Count);
    }

    private protected override string Describe() => $"line chart{Axes}; " + string.Join("; ", Curves.Select(c =>
        c.Y.Count == 0 ? $"{c.Name} without points" : $"{c.Name} {c.Y.Count} points, last {c.Y[^1]:G4}"));

    private static (string Plotly, LinePattern Static) Dash(int series) => Dashes[series / Palette.Series.Count % Dashes.Length];

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
        log ? [("type", "log"), ("dtick", Span(values) is { } s && s.High - s.Low <= 3 ? "D2" : 1)] : [("type", "linear")];

    /// <summary>The powers of ten around the values, or null where none can stand on a logarithmic axis.</summary>
    private static (int Low, int High)? Span(IEnumerable<double> values)
    {
        double[] logs = [.. values.Where(v => v > 0 && double.IsFinite(v)).Select(Math.Log10)];
        return logs.Length == 0 ? null : ((int)Math.Floor(logs.Min()), (int)Math.Ceiling(logs.Max()));
    }

    /// <summary>Ticks at powers of ten, and at 2 and 5 times those where the range is short.</summary>
    private static NumericManual Decades(IEnumerable<double> values)
    {
        if (Span(values) is not var (low, high)) return new NumericManual([0], ["1"]);
        double[] steps = high - low <= 3 ? [1, 2, 5] : [1];
        double[] ticks = [.. Enumerable.Range(low, high - low + 1).SelectMany(d => steps.Select(s => s * Math.Pow(10, d)))];
        return new NumericManual([.. ticks.Select(Math.Log10)], [.. ticks.Select(t => t is >= 1e5 or < 1e-4 ? t.ToString("0e+0") : t.ToString("G4"))]);
    }
}
