using Plotly.NET;
using ScottPlot;
using Color = ScottPlot.Color;
using Layout = Plotly.NET.Layout;

namespace Crane.Core.Display;

/// <summary>One line per method from a first measurement to a second. See <see cref="Figure.Slope"/>.</summary>
public sealed record SlopeFigure : Figure
{
    private const float LabelSize = 12;
    private const string Leader = "#C4C4C4";
    private static readonly int[] Ends = [0, 1];
    private const double Gap = 0.12;   // between a point and its label, across which a thin line leads
    private static readonly double[] Across = [-0.75, 1.75];

    internal SlopeFigure(string title, IReadOnlyList<(string Name, double From, double To)> methods, string from, string to, string format)
        : base(title, "", "") =>
        (Methods, From, To, Format) = (methods, from, to, format);

    /// <summary>Name and the two values of each.</summary>
    public IReadOnlyList<(string Name, double From, double To)> Methods { get; init; }

    /// <summary>Name of the first measurement.</summary>
    public string From { get; }

    /// <summary>Name of the second measurement.</summary>
    public string To { get; }

    /// <summary>How values are written.</summary>
    public string Format { get; }

    /// <summary>The same figure with other values, to redraw it while numbers arrive.</summary>
    public SlopeFigure With(params IReadOnlyList<(string Name, double From, double To)> methods) => this with { Methods = methods };

    internal override IEnumerable<Trace> Traces() => Methods.Select((m, i) => PlotlyFace.Trace("scatter",
        ("name", PlotlyFace.Text(m.Name)), ("mode", "lines+markers"), ("x", Ends), ("y", PlotlyFace.Numbers([m.From, m.To])),
        ("line", new { color = Palette.Of(Hue(i)), width = 2.5 }), ("marker", new { size = 9 })));

    internal override void Arrange(Layout layout)
    {
        var (low, high) = Limits();
        layout.SetProperty("showlegend", false);
        layout.SetProperty("xaxis", PlotlyFace.Axis("", ("tickmode", "array"), ("tickvals", Ends),
            ("ticktext", new[] { PlotlyFace.Text(From), PlotlyFace.Text(To) }),
            ("range", Across), ("zeroline", false), ("showgrid", false), ("showline", false), ("side", "top"), ("tickfont", new { size = 13 })));
        layout.SetProperty("yaxis", PlotlyFace.Axis("", ("visible", false), ("range", new[] { low, high })));
        layout.SetProperty("annotations", Labels().Select(l => new
        {
            x = l.Left ? -Gap : 1 + Gap, y = l.Height, xanchor = l.Left ? "right" : "left", yanchor = "middle", showarrow = false,
            text = PlotlyFace.Text(l.Text), font = new { color = Palette.Dark(Hue(l.Series)), size = LabelSize },
        }).ToArray());
        layout.SetProperty("shapes", Labels().Select(l => new
        {
            type = "line", layer = "below", x0 = l.Left ? 0.0 : 1, y0 = l.Value, x1 = (l.Left ? -Gap : 1 + Gap) * 0.9 + (l.Left ? 0 : 0.1), y1 = l.Height,
            line = new { color = Leader, width = 1 },
        }).ToArray());
        layout.SetProperty("margin", new { l = 24, r = 24, t = Title.Length > 0 ? 84 : 40, b = 16 });
    }

    internal override void Draw(Plot plot)
    {
        var (low, high) = Limits();
        foreach (var i in Shown)
        {
            var line = plot.Add.Scatter(new Coordinates[] { new(0, Methods[i].From), new(1, Methods[i].To) }, StaticFace.Of(Hue(i)));
            (line.LineWidth, line.MarkerSize) = (2.5f, 9);
        }
        foreach (var label in Labels())
        {
            var leader = plot.Add.Line(label.Left ? 0 : 1, label.Value, (label.Left ? -Gap : 1 + Gap) * 0.9 + (label.Left ? 0 : 0.1), label.Height);
            (leader.LineColor, leader.LineWidth, leader.MarkerSize) = (Color.FromHex(Leader), 1, 0);
            StaticFace.Label(plot, label.Text, label.Left ? -Gap : 1 + Gap, label.Height, LabelSize, Color.FromHex(Palette.Dark(Hue(label.Series))),
                label.Left ? Alignment.MiddleRight : Alignment.MiddleLeft);
        }
        foreach (var (at, name) in new[] { (0, From), (1, To) })
            StaticFace.Label(plot, name, at, high, 13, Color.FromHex(Palette.Ink), Alignment.UpperCenter);
        plot.Axes.Left.IsVisible = plot.Axes.Bottom.IsVisible = false;
        plot.HideGrid();
        plot.Axes.SetLimits(Across[0], Across[1], low, high + 0.02 * (high - low));
    }

    private protected override string Describe() => $"{From} → {To}; " + string.Join("; ", Methods.Select(m => $"{m.Name} {Write(m.From)} → {Write(m.To)}"));

    private int[] Shown => [.. Enumerable.Range(0, Methods.Count).Where(i => double.IsFinite(Methods[i].From) && double.IsFinite(Methods[i].To))];

    /// <summary>The range that holds all values, all labels, and the headings of the static face above them.</summary>
    private (double Low, double High) Limits()
    {
        double[] values = [.. Shown.SelectMany(i => new[] { Methods[i].From, Methods[i].To }).DefaultIfEmpty(0)];
        var (low, high) = (values.Min(), Math.Max(values.Max(), values.Min() + 1e-6));
        // The labels' height is a share of the range, and the range holds the labels: a few rounds settle both.
        for (var round = 0; round < 8; round++)
        {
            var span = high - low;
            var heights = Heights(left: true, span).Concat(Heights(left: false, span)).Concat(values).ToArray();
            (low, high) = (heights.Min() - 0.05 * span, heights.Max() + 0.13 * span);
        }
        return (low, high);
    }

    private double[] Heights(bool left, double span) =>
        LabelPlacer.Spread([.. Shown.Select(i => left ? Methods[i].From : Methods[i].To)], span * 17 / (Height - 90));

    /// <summary>The labels at both ends, pushed apart so that none covers another; heights in units of the values.</summary>
    private IEnumerable<(string Text, double Height, double Value, bool Left, int Series)> Labels()
    {
        var (low, high) = Limits();
        foreach (var left in new[] { true, false })
            foreach (var (i, height) in Shown.Zip(Heights(left, high - low)))
                yield return left ? ($"{Methods[i].Name}  {Write(Methods[i].From)}", height, Methods[i].From, left, i)
                    : ($"{Write(Methods[i].To)}  {Methods[i].Name}", height, Methods[i].To, left, i);
    }

    private string Write(double value) => value.ToString(Format);
}
