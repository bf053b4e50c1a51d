using Plotly.NET;
using ScottPlot;
using Layout = Plotly.NET.Layout;

namespace Crane.Core.Display;

/// <summary>A matrix as colours. See <see cref="Figure.HeatMap"/>.</summary>
public sealed record HeatMapFigure : Figure
{
    private const int MostNumbers = 18;

    internal HeatMapFigure(string title, double[,] values, IReadOnlyList<string>? rows, IReadOnlyList<string>? columns, string x, string y) : base(title, x, y)
    {
        var (height, width) = (values.GetLength(0), values.GetLength(1));
        if (height == 0 || width == 0) throw new ArgumentException($"A heat map needs at least one cell, the matrix is [{height}, {width}].", nameof(values));
        (Values, Rows, Columns) = (values, Named(rows, height, nameof(rows)), Named(columns, width, nameof(columns)));
    }

    /// <summary>The matrix <c>[rows, columns]</c>.</summary>
    public double[,] Values { get; }

    /// <summary>Names of the rows, from the top.</summary>
    public IReadOnlyList<string> Rows { get; }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The same figure with other values, to redraw it while numbers arrive.</summary>
    /// <param name="values"><c>[rows, columns]</c> as before.</param>
    /// <exception cref="ArgumentException">The matrix has another shape.</exception>
    public HeatMapFigure With(double[,] values) => new(Title, values, Rows, Columns, X, Y) { Width = Width, Height = Height };

    internal override IEnumerable<Trace> Traces()
    {
        var rows = Enumerable.Range(0, Rows.Count);
        var numbers = rows.Select(r => PlotlyFace.Numbers(Row(r))).ToArray();
        return [PlotlyFace.Trace("heatmap",
            ("z", numbers), ("colorscale", Viridis.Scale()), ("x", Enumerable.Range(0, Columns.Count).ToArray()), ("y", rows.ToArray()),
            ("xgap", Small ? 1 : 0), ("ygap", Small ? 1 : 0), ("colorbar", new { thickness = 14, outlinewidth = 0 }),
            ("text", Small ? rows.Select(r => Row(r).Select(Number).ToArray()).ToArray() : null), ("texttemplate", Small ? "%{text}" : null))];
    }

    internal override void Arrange(Layout layout)
    {
        (string, object)[] Names(IReadOnlyList<string> names, int step) =>
            [("tickmode", "array"), ("tickvals", Every(names, step).ToArray()),
                ("ticktext", Every(names, step).Select(i => PlotlyFace.Text(names[i])).ToArray()),
             ("showgrid", false), ("zeroline", false)];
        layout.SetProperty("xaxis", PlotlyFace.Axis(X, Names(Columns, ColumnStep)));
        layout.SetProperty("yaxis", PlotlyFace.Axis(Y, [.. Names(Rows, RowStep), ("autorange", "reversed")]));
    }

    internal override void Draw(Plot plot)
    {
        var map = plot.Add.Heatmap(Values);
        map.Colormap = new Map();
        map.NaNCellColor = Colors.Transparent;
        var (low, high) = Limits();
        map.ManualRange = new ScottPlot.Range(low, high);
        var bar = plot.Add.ColorBar(map, Edge.Right);
        bar.Width = 14;
        bar.Axis.TickLabelStyle.FontSize = StaticFace.TickSize;
        bar.Axis.TickLabelStyle.FontName = Typeface.Family;
        plot.HideGrid();
        if (Small) DrawNumbers(plot, low, high);
        StaticFace.CategoriesBelow(plot, Thinned(Columns, ColumnStep), (Width - 200.0) / Columns.Count * ColumnStep);
        StaticFace.CategoriesLeft(plot, Thinned(Rows, RowStep));
        plot.Axes.SetLimits(-0.5, Columns.Count - 0.5, -0.5, Rows.Count - 0.5);
    }

    private protected override string Describe()
    {
        var (low, high) = Limits();
        return $"heat map{Axes}; {Rows.Count} × {Columns.Count} values from {low:G4} to {high:G4}";
    }

    private bool Small => Rows.Count <= MostNumbers && Columns.Count <= MostNumbers;

    /// <summary>Every how many rows there is room for a name of 14 pixels.</summary>
    private int RowStep => Math.Max(1, (int)Math.Ceiling(Rows.Count * 14.0 / (Height - 120)));

    /// <summary>Every how many columns there is room for a slanted name of 18 pixels.</summary>
    private int ColumnStep => Math.Max(1, (int)Math.Ceiling(Columns.Count * 18.0 / (Width - 200)));

    private double[] Row(int row) => [.. Enumerable.Range(0, Columns.Count).Select(c => Values[row, c])];

    private string Number(double value) => double.IsNaN(value) ? ""
        : Whole ? value.ToString("0") : Math.Abs(value) >= 100 ? value.ToString("0.#") : (Math.Round(value, 2) + 0.0).ToString("0.00");   // no -0.00

    private bool Whole => Values.Cast<double>().All(v => double.IsNaN(v) || v == Math.Round(v));

    private static IEnumerable<int> Every(IReadOnlyList<string> names, int step) => Enumerable.Range(0, names.Count).Where(i => i % step == 0);

    private static string[] Thinned(IReadOnlyList<string> names, int step) => [.. names.Select((n, i) => i % step == 0 ? n : "")];

    private static IReadOnlyList<string> Named(IReadOnlyList<string>? names, int count, string parameter)
    {
        if (names is not null && names.Count != count) throw new ArgumentException($"{names.Count} names for {count} {parameter} of the matrix.", parameter);
        return names ?? [.. Enumerable.Range(0, count).Select(i => i.ToString())];
    }

    private (double Low, double High) Limits()
    {
        var finite = Values.Cast<double>().Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        return finite.Min() < finite.Max() ? (finite.Min(), finite.Max()) : (finite.Min(), finite.Min() + 1);
    }

    private void DrawNumbers(Plot plot, double low, double high)
    {
        var size = Math.Clamp((Width - 200f) / Columns.Count / 4.2f, 7, 11);
        for (var r = 0; r < Rows.Count; r++)
            for (var c = 0; c < Columns.Count; c++)
                StaticFace.Label(plot, Number(Values[r, c]), c, Rows.Count - 1 - r, size,
                    (Values[r, c] - low) / (high - low) > 0.6 ? Colors.Black : Colors.White, Alignment.MiddleCenter);
    }

    private sealed class Map : IColormap
    {
        public string Name => nameof(Viridis);

        public ScottPlot.Color GetColor(double position)
        {
            var (r, g, b) = Viridis.At(position);
            return new ScottPlot.Color(r, g, b);
        }
    }
}
