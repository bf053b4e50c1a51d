using ScottPlot;
using ScottPlot.TickGenerators;

namespace Crane.Core.Display;

/// <summary>What all PNG figures share: scale, font, colours, titles, and categories as ticks.</summary>
internal static class StaticFace
{
    public const int Scale = 2;
    public const float TickSize = 11;
    private static readonly object OneAtATime = new();

    public static byte[] Render(Figure figure) => Render(figure.Title, figure.X, figure.Y, figure.Width, figure.Height, figure.Draw);

    /// <summary>A PNG on white, of twice the width and height in pixels.</summary>
    public static byte[] Render(string title, string x, string y, int width, int height, Action<Plot> draw)
    {
        _ = Typeface.Face;
        // ScottPlot keeps its font cache in static state.
        lock (OneAtATime)
        {
            using var plot = new Plot { ScaleFactor = Scale };
            plot.FigureBackground.Color = plot.DataBackground.Color = Colors.White;
            plot.Axes.Color(Color.FromHex(Palette.Ink));
            plot.Axes.Frame(false);
            plot.Grid.MajorLineColor = Color.FromHex(Palette.Grid);
            if (title.Length > 0) plot.Title(title, 15);
            plot.XLabel(x, 12);
            plot.YLabel(y, 12);
            plot.Axes.Title.Label.Bold = plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
            plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = TickSize;
            plot.Axes.Bottom.MinorTickStyle.Length = plot.Axes.Left.MinorTickStyle.Length = 0;
            draw(plot);
            plot.Font.Set(Typeface.Family);
            return plot.GetImageBytes(width * Scale, height * Scale, ImageFormat.Png);
        }
    }

    public static Color Of(int series) => Color.FromHex(Palette.Of(series));

    /// <summary>A text in the data. It has its font from the beginning: the first text that is drawn with a font of the system is not seen where there is
    /// none.</summary>
    public static ScottPlot.Plottables.Text Label(Plot plot, string text, double x, double y, float size, Color color, Alignment alignment)
    {
        var label = plot.Add.Text(text, x, y);
        (label.LabelFontName, label.LabelFontSize, label.LabelFontColor, label.LabelAlignment) = (Typeface.Family, size, color, alignment);
        return label;
    }

    /// <summary>The legend, to the right of the data, where it hides none of it.</summary>
    public static void Legend(Plot plot, int entries)
    {
        plot.HideLegend();
        if (entries < 2) return;
        plot.Legend.FontName = Typeface.Family;
        plot.Legend.FontSize = TickSize;
        plot.Legend.OutlineColor = plot.Legend.ShadowColor = Colors.Transparent;
        plot.ShowLegend(Edge.Right).Alignment = Alignment.UpperCenter;
    }

    /// <summary>Names at 0, 1, 2, … along the bottom; slanted when they would touch each other.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="names">One for each position.</param>
    /// <param name="room">Pixels for each name.</param>
    public static void CategoriesBelow(Plot plot, IReadOnlyList<string> names, double room)
    {
        plot.Axes.Bottom.TickGenerator = Ticks(names.Select(n => Typeface.Fit(n, TickSize, 150)));
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        if (!Slanted(names, room)) return;
        plot.Axes.Bottom.TickLabelStyle.Rotation = -35;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.UpperRight;
        plot.Axes.Bottom.MinimumSize = 34 + 0.58f * names.Max(n => Math.Min(150, Typeface.Width(n, TickSize)));
    }

    /// <summary>Whether names along the bottom need more than their room.</summary>
    public static bool Slanted(IReadOnlyList<string> names, double room) => names.Any(n => Typeface.Width(n, TickSize) > room - 6);

    /// <summary>Names along the left, the first on top: name i stands at <c>names.Count - 1 - i</c>.</summary>
    public static void CategoriesLeft(Plot plot, IReadOnlyList<string> names)
    {
        plot.Axes.Left.TickGenerator = Ticks(names.Reverse().Select(n => Typeface.Fit(n, TickSize, 220)));
        plot.Axes.Left.MajorTickStyle.Length = 0;
    }

    private static NumericManual Ticks(IEnumerable<string> names)
    {
        var labels = names.ToArray();
        return new NumericManual([.. Enumerable.Range(0, labels.Length).Select(i => (double)i)], labels);
    }
}
