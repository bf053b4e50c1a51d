using Plotly.NET;
using ScottPlot;
using Layout = Plotly.NET.Layout;

namespace Crane.Core.Display;

/// <summary>How often values occur. See <see cref="Figure.Histogram"/>.</summary>
public sealed record HistogramFigure : Figure
{
    internal HistogramFigure(string title, IReadOnlyList<(string Name, IReadOnlyList<double> Values)> groups, string x, int bins) : base(title, x, "count")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        Names = [.. groups.Select(g => g.Name)];
        double[][] finite = [.. groups.Select(g => g.Values.Where(double.IsFinite).ToArray())];
        var all = finite.SelectMany(v => v).DefaultIfEmpty(0).ToArray();
        var (low, high) = all.Min() < all.Max() ? (all.Min(), all.Max()) : (all.Min() - 0.5, all.Min() + 0.5);
        BinWidth = (high - low) / bins;
        Centres = [.. Enumerable.Range(0, bins).Select(i => low + (i + 0.5) * BinWidth)];
        Counts = [.. finite.Select(values => Count(values, low, bins))];
    }

    /// <summary>Names of the groups.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Middles of the bins <c>[bins]</c>.</summary>
    public IReadOnlyList<double> Centres { get; }

    /// <summary>Width of a bin, in the unit of the values.</summary>
    public double BinWidth { get; }

    /// <summary>Values in each bin <c>[groups][bins]</c>; the last bin holds its upper end too.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Counts { get; }

    /// <summary>The same figure with other values, to redraw it while numbers arrive.</summary>
    public HistogramFigure With(params IReadOnlyList<(string Name, IReadOnlyList<double> Values)> groups) =>
        new(Title, groups, X, Centres.Count) { Width = Width, Height = Height };

    internal override IEnumerable<Trace> Traces() => Names.Select((name, i) => PlotlyFace.Trace("bar",
        ("name", PlotlyFace.Text(name)), ("x", Centres.ToArray()), ("y", Counts[i].ToArray()), ("width", BinWidth),
        ("marker", new { color = Palette.Of(i), opacity = Opacity, line = new { color = "#FFFFFF", width = 0.5 } })));

    internal override void Arrange(Layout layout)
    {
        layout.SetProperty("barmode", "overlay");
        layout.SetProperty("showlegend", Names.Count > 1);
    }

    internal override void Draw(Plot plot)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            var colour = StaticFace.Of(i).WithAlpha(Opacity);
            var series = plot.Add.Bars(Centres.Select((centre, b) => new Bar
            {
                Position = centre, Value = Counts[i][b], Size = BinWidth, FillColor = colour, LineColor = Colors.White, LineWidth = 0.5f,
            }).ToList());
            series.LegendText = Names[i];
        }
        var most = Counts.SelectMany(c => c).DefaultIfEmpty(0).Max();
        plot.Axes.SetLimits(Centres[0] - BinWidth, Centres[^1] + BinWidth, 0, Math.Max(1, most * 1.06));
        StaticFace.Legend(plot, Names.Count);
    }

    private protected override string Describe() =>
        $"histogram{Axes}; " + string.Join("; ", Names.Select((n, i) => $"{n} {Counts[i].Sum()} values"))
            + $"; from {Centres[0] - BinWidth / 2:G4} to {Centres[^1] + BinWidth / 2:G4}";

    private double Opacity => Names.Count > 1 ? 0.6 : 1;

    private int[] Count(double[] values, double low, int bins)
    {
        var counts = new int[bins];
        foreach (var value in values) counts[Math.Clamp((int)((value - low) / BinWidth), 0, bins - 1)]++;
        return counts;
    }
}
