using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crane.Core.Display;
using ScottPlot;

namespace Crane.Notebooks.Formatting;

/// <summary>One trace of a Plotly figure, drawn with ScottPlot.</summary>
internal sealed partial class PlotlyTrace(JsonObject trace, int index, JsonObject layout)
{
    private static readonly string[] Drawn = ["scatter", "scattergl", "bar", "histogram", "box", "heatmap", "pie"];
    private static readonly string[] Colourway = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"];

    public string Type => (string?)(trace["type"] as JsonValue) ?? "scatter";

    public bool Named => trace["name"] is not null || Type == "pie";

    public string Name => Plain((string?)(trace["name"] as JsonValue) ?? "");

    public int Count => ((JsonArray?[])[Array("y"), Array("x"), Array("values"), Array("z")]).FirstOrDefault(a => a is not null)?.Count ?? 0;

    /// <summary>Of the kinds that are drawn, and on the first pair of axes.</summary>
    public bool IsDrawn => Drawn.Contains(Type) && ((string[])["xaxis", "yaxis"]).All(a => trace[a] is not JsonValue axis || axis.ToString() is "x" or "y");

    /// <summary>What the trace puts on an axis, as far as its kind has values there.</summary>
    public IEnumerable<JsonNode?> ValuesOf(string axis) => Type switch
    {
        "pie" => [],
        "histogram" => Array(axis) ?? [],
        "box" => Array(axis) ?? [],
        _ => (IEnumerable<JsonNode?>?)Array(axis) ?? (Array(axis == "x" ? "y" : "x") ?? []).Select((_, i) => (JsonNode?)JsonValue.Create(i)),
    };

    public void Draw(Plot plot, PlotlyAxis x, PlotlyAxis y, IReadOnlyList<PlotlyTrace> all)
    {
        switch (Type)
        {
            case "bar": DrawBars(plot, x, y, [.. all.Where(t => t.Type == "bar")]); break;
            case "histogram": DrawHistogram(plot, x, y); break;
            case "box": DrawBox(plot, x, y, [.. all.Where(t => t.Type == "box")]); break;
            case "heatmap": DrawHeatMap(plot); break;
            case "pie": DrawPie(plot); break;
            default: DrawScatter(plot, x, y); break;
        }
    }

    /// <summary>Without Plotly's own tags and entities.</summary>
    public static string Plain(string? text) => WebUtility.HtmlDecode(Tag().Replace(text ?? "", " ")).Trim();

    private void DrawScatter(Plot plot, PlotlyAxis x, PlotlyAxis y)
    {
        Coordinates[] points = [.. ValuesOf("x").Zip(ValuesOf("y"), (a, b) => new Coordinates(x.At(a), y.At(b)))];
        var mode = (string?)(trace["mode"] as JsonValue) ?? "lines";
        var first = true;
        // Plotly leaves a gap where a value is missing.
        foreach (var run in Runs(points))
        {
            var curve = mode.Contains("lines", StringComparison.Ordinal) && run.Length > 1 ? plot.Add.ScatterLine(run, Colour)
                : plot.Add.ScatterPoints(run, Colour);
            (curve.LineWidth, curve.MarkerSize) = (mode.Contains("lines", StringComparison.Ordinal) ? 2 : 0, mode.Contains("markers", StringComparison.Ordinal)
                || run.Length == 1 ? 6 : 0);
            if ((string?)(trace["fill"] as JsonValue) is "tozeroy")
                (curve.FillY, curve.FillYColor) = (true, Colour.WithAlpha(0.25));
            curve.LegendText = first ? Name : "";
            first = false;
        }
    }

    private void DrawBars(Plot plot, PlotlyAxis x, PlotlyAxis y, PlotlyTrace[] bars)
    {
        var horizontal = (string?)(trace["orientation"] as JsonValue) == "h";
        var stacked = (string?)(layout["barmode"] as JsonValue) is "stack" or "relative" or "overlay";
        var (at, width) = (System.Array.IndexOf(bars, this), stacked ? 0.8 : 0.8 / bars.Length);
        var below = (string?)(layout["barmode"] as JsonValue) == "overlay" ? [] : bars.Take(at).ToArray();
        var drawn = Pairs(x, y, horizontal).Where(p => double.IsFinite(p.Place) && double.IsFinite(p.Length)).Select(p =>
        {
            var start = stacked ? below.Sum(b => b.Pairs(x, y, horizontal).Where(q => q.Place == p.Place && Math.Sign(q.Length) == Math.Sign(p.Length))
                .Sum(q => q.Length)) : 0;
            return new Bar
            {
                Position = p.Place + (stacked ? 0 : (at - (bars.Length - 1) / 2.0) * width), ValueBase = start, Value = start + p.Length, Size = width,
                LineWidth = 0, FillColor = Colour,
                Orientation = horizontal ? Orientation.Horizontal : Orientation.Vertical,
            };
        }).ToList();
        if (drawn.Count > 0)
            plot.Add.Bars(drawn).LegendText = Name;
    }

    private IEnumerable<(double Place, double Length)> Pairs(PlotlyAxis x, PlotlyAxis y, bool horizontal) =>
        ValuesOf("x").Zip(ValuesOf("y"), (a, b) => horizontal ? (y.At(b), x.At(a)) : (x.At(a), y.At(b)));

    private void DrawHistogram(Plot plot, PlotlyAxis x, PlotlyAxis y)
    {
        var horizontal = Array("x") is null;
        double[] values = [.. (Array("x") ?? Array("y") ?? []).Select(v => horizontal ? y.At(v) : x.At(v)).Where(double.IsFinite)];
        if (values.Length == 0)
            return;
        var bins = trace[horizontal ? "nbinsy" : "nbinsx"] is JsonValue wanted && wanted.TryGetValue<int>(out var n) && n > 0 ? n
            : Math.Clamp((int)Math.Ceiling(Math.Sqrt(values.Length)), 5, 60);
        var (low, width) = (values.Min(), Math.Max(values.Max() - values.Min(), 1e-9) / bins);
        var counts = values.CountBy(v => Math.Min(bins - 1, (int)((v - low) / width)));
        plot.Add.Bars(counts.Select(c => new Bar
        {
            Position = low + (c.Key + 0.5) * width, Value = c.Value, Size = width, FillColor = Colour.WithAlpha(0.75), LineColor = Colors.White,
            LineWidth = 0.5f,
            Orientation = horizontal ? Orientation.Horizontal : Orientation.Vertical,
        }).ToList()).LegendText = Name;
    }

    private void DrawBox(Plot plot, PlotlyAxis x, PlotlyAxis y, PlotlyTrace[] boxes)
    {
        var horizontal = Array("y") is null;
        double[] values = [.. (Array("y") ?? Array("x") ?? []).Select(v => horizontal ? x.At(v) : y.At(v)).Where(double.IsFinite).Order()];
        if (values.Length == 0)
            return;
        double Quantile(double share) => values[(int)Math.Floor(share * (values.Length - 1))] is var below
            && values[(int)Math.Ceiling(share * (values.Length - 1))] is var above
            ? below + (above - below) * (share * (values.Length - 1) % 1) : 0;
        var box = new Box
        {
            Position = System.Array.IndexOf(boxes, this), WhiskerMin = values[0], BoxMin = Quantile(0.25), BoxMiddle = Quantile(0.5), BoxMax = Quantile(0.75),
            WhiskerMax = values[^1],
            Orientation = horizontal ? Orientation.Horizontal : Orientation.Vertical,
        };
        plot.Add.Box(box).LegendText = Name;
        box.FillColor = Colour.WithAlpha(0.5);   // adding it had given it a colour
        string[] names = [.. boxes.Select(b => b.Name)];
        if (horizontal)
            StaticFace.CategoriesLeft(plot, [.. names.Reverse()]);
        else
            StaticFace.CategoriesBelow(plot, names, 500.0 / names.Length);
    }

    private void DrawHeatMap(Plot plot)
    {
        double[][] rows = [.. (Array("z") ?? []).OfType<JsonArray>()
            .Select(row => row.Select(v => v is JsonValue value && value.TryGetValue<double>(out var number) ? number : double.NaN).ToArray())];
        if (rows.Length == 0 || rows.Max(r => r.Length) is not (> 0 and var width))
            return;
        // Plotly's first row lies at the bottom, ScottPlot's on top.
        var values = new double[rows.Length, width];
        for (var r = 0; r < rows.Length; r++)
            for (var c = 0; c < width; c++)
                values[rows.Length - 1 - r, c] = c < rows[r].Length ? rows[r][c] : double.NaN;
        var map = plot.Add.Heatmap(values);
        map.Colormap = new ScottPlot.Colormaps.Viridis();
        plot.Add.ColorBar(map);
        plot.HideGrid();
    }

    private void DrawPie(Plot plot)
    {
        var labels = Array("labels")?.Select(l => Plain(l?.ToString())).ToArray() ?? [];
        var slices = (Array("values") ?? []).Select((v, i) => new PieSlice
        {
            Value = v is JsonValue value && value.TryGetValue<double>(out var share) ? Math.Max(0, share) : 0, FillColor = ColourOf(i),
            LegendText = labels.ElementAtOrDefault(i) ?? "",
        }).Where(s => s.Value > 0).ToList();
        if (slices.Count == 0)
            return;
        plot.Add.Pie(slices).DonutFraction = trace["hole"] is JsonValue hole && hole.TryGetValue<double>(out var fraction) ? Math.Clamp(fraction, 0, 0.95) : 0;
        StaticFace.Legend(plot, slices.Count);
    }

    private static IEnumerable<Coordinates[]> Runs(Coordinates[] points)
    {
        var run = new List<Coordinates>();
        foreach (var point in points.Append(new Coordinates(double.NaN, double.NaN)))
            if (double.IsFinite(point.X) && double.IsFinite(point.Y))
                run.Add(point);
            else if (run.Count > 0)
            {
                yield return [.. run];
                run.Clear();
            }
    }

    private Color Colour => ((JsonNode?[])[trace["line"], trace["marker"]]).Select(part => (part as JsonObject)?["color"] as JsonValue)
        .Select(c => Parse(c?.ToString())).FirstOrDefault(c => c is not null)
        ?? ColourOf(index);

    private Color ColourOf(int number)
    {
        var way = (layout["colorway"] ?? (layout["template"] as JsonObject)?["layout"]?["colorway"]) as JsonArray;
        return (way is { Count: > 0 } ? Parse(way[number % way.Count]?.ToString()) : null) ?? Color.FromHex(Colourway[number % Colourway.Length]);
    }

    // "#rrggbb", "rgb(1,2,3)", "rgba(1,2,3,0.5)", or a name.
    private static Color? Parse(string? text)
    {
        if (text is null)
            return null;
        if (Hex().IsMatch(text))
            return Color.FromHex(text);
        if (Rgb().Match(text) is { Success: true } parts)
        {
            byte Part(int group) => (byte)Math.Clamp(double.Parse(parts.Groups[group].ValueSpan, CultureInfo.InvariantCulture), 0, 255);
            var colour = new Color(Part(1), Part(2), Part(3));
            return parts.Groups[4].Success ? colour.WithAlpha(Math.Clamp(double.Parse(parts.Groups[4].ValueSpan, CultureInfo.InvariantCulture), 0, 1)) : colour;
        }
        return System.Drawing.Color.FromName(text) is { IsKnownColor: true } known ? new Color(known.R, known.G, known.B) : null;
    }

    private JsonArray? Array(string name) => trace[name] as JsonArray;

    [GeneratedRegex("^#[0-9A-Fa-f]{6}$")]
    private static partial Regex Hex();

    [GeneratedRegex(@"^rgba?\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*(?:,\s*([\d.]+)\s*)?\)$")]
    private static partial Regex Rgb();

    [GeneratedRegex("</?(?:b|i|br|sub|sup|span|a|em|strong)\\b[^<>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Tag();
}
