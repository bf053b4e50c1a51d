using System.Text.Json.Nodes;
using Crane.Core.Display;
using ScottPlot;

namespace Crane.Notebooks.Formatting;

/// <summary>A picture of a Plotly figure of another library, for viewers that run no scripts: lines, points, bars, histograms, boxes, heat maps and pies
/// in their data, names and colours. It is a likeness, not a copy; what it cannot draw it names.</summary>
internal static class PlotlyStill
{
    private const int MostPixels = 2000;

    /// <summary>The PNG, and the chart in words.</summary>
    public static (byte[] Png, string Text) Of(string figureJson)
    {
        var figure = JsonNode.Parse(figureJson) as JsonObject ?? [];
        var layout = figure["layout"] as JsonObject ?? [];
        var traces = (figure["data"] as JsonArray ?? []).OfType<JsonObject>().Where(t => t["visible"] is not JsonValue shown
            || shown.ToString() is not ("false" or "legendonly"))
            .Select((t, i) => new PlotlyTrace(t, i, layout)).ToArray();
        var (title, x, y) = (Title(layout), Title(layout["xaxis"]), Title(layout["yaxis"]));
        var png = StaticFace.Render(title, x, y, Pixels(layout["width"], 700), Pixels(layout["height"], 450), plot => Draw(plot, traces, layout));
        var words = traces.Length == 0 ? "empty chart"
            : string.Join("; ", traces.Select(t => $"{t.Type} {t.Name}, {t.Count} value{(t.Count == 1 ? "" : "s")}"));
        return (png, title.Length > 0 ? $"[{title}: {words}]" : $"[{words}]");
    }

    private static void Draw(Plot plot, PlotlyTrace[] all, JsonObject layout)
    {
        var (drawn, left) = (all.Where(t => t.IsDrawn).ToArray(), all.Where(t => !t.IsDrawn).ToArray());
        if (left.Length > 0)
            Note(plot, $"not in this picture: {string.Join(", ", left.Select(t => $"{t.Type} {t.Name}".Trim()).Distinct())}");
        if (drawn.Any(t => t.Type == "pie"))
        {
            plot.HideAxesAndGrid();
            drawn.First(t => t.Type == "pie").Draw(plot, new PlotlyAxis([], null), new PlotlyAxis([], null), drawn);
            return;
        }
        var x = new PlotlyAxis(drawn.SelectMany(t => t.ValuesOf("x")), layout["xaxis"] as JsonObject);
        var y = new PlotlyAxis(drawn.SelectMany(t => t.ValuesOf("y")), layout["yaxis"] as JsonObject);
        foreach (var trace in drawn)
            trace.Draw(plot, x, y, drawn);
        x.Label(plot, plot.Axes.Bottom, Pixels(layout["width"], 700) - 160.0);
        y.Label(plot, plot.Axes.Left, double.PositiveInfinity);
        plot.Axes.AutoScale();
        if (y.IsReversed)
            plot.Axes.InvertY();
        var named = drawn.Count(t => t.Named);
        StaticFace.Legend(plot, (layout["showlegend"] as JsonValue)?.ToString() == "false" ? 0 : named);
    }

    private static void Note(Plot plot, string text)
    {
        var note = plot.Add.Annotation(text, Alignment.LowerLeft);
        (note.LabelFontSize, note.LabelBackgroundColor, note.LabelBorderColor, note.LabelShadowColor) = (10, Colors.White, Colors.Transparent,
            Colors.Transparent);
    }

    // "title": "text" or {"text": "text"}; Plotly knows a few tags, a picture does not.
    private static string Title(JsonNode? of) => (of as JsonObject)?["title"] switch
    {
        JsonObject title => PlotlyTrace.Plain((string?)title["text"]),
        JsonValue title => PlotlyTrace.Plain(title.ToString()),
        _ => "",
    };

    private static int Pixels(JsonNode? node, int otherwise) => node is JsonValue value && value.TryGetValue<double>(out var pixels) && pixels >= 100
        ? (int)Math.Min(pixels, MostPixels) : otherwise;
}
