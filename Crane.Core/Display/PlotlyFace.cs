using Microsoft.FSharp.Collections;
using Plotly.NET;

namespace Crane.Core.Display;

/// <summary>What all Plotly figures share: a plain white layout in the house colours, and the way to JSON.</summary>
internal static class PlotlyFace
{
    public static Layout Layout(Figure figure)
    {
        var layout = new Layout();
        layout.SetProperty("title", new { text = Text(figure.Title), x = 0.5, xanchor = "center", font = new { size = 16 } });
        layout.SetProperty("font", new { family = "DejaVu Sans, Verdana, sans-serif", size = 12, color = Palette.Ink });
        layout.SetProperty("paper_bgcolor", "#FFFFFF");
        layout.SetProperty("plot_bgcolor", "#FFFFFF");
        layout.SetProperty("width", figure.Width);
        layout.SetProperty("height", figure.Height);
        layout.SetProperty("margin", new { l = 64, r = 24, t = figure.Title.Length > 0 ? 52 : 24, b = 56 });
        layout.SetProperty("xaxis", Axis(figure.X));
        layout.SetProperty("yaxis", Axis(figure.Y));
        return layout;
    }

    /// <summary>An axis with a label, further properties on top of the common ones.</summary>
    public static Dictionary<string, object> Axis(string label, params (string Name, object Value)[] more)
    {
        var axis = new Dictionary<string, object>
        {
            ["title"] = new { text = Text(label) }, ["gridcolor"] = Palette.Grid, ["zerolinecolor"] = "#BBBBBB", ["linecolor"] = "#999999",
            ["automargin"] = true,
        };
        foreach (var (name, value) in more) axis[name] = value;
        return axis;
    }

    public static Trace Trace(string type, params (string Name, object? Value)[] properties)
    {
        var trace = new Trace(type);
        foreach (var (name, value) in properties) if (value is not null) trace.SetProperty(name, value);
        return trace;
    }

    /// <summary>Numbers as JSON knows them: what is not finite becomes null, which Plotly draws as a gap.</summary>
    public static double?[] Numbers(IEnumerable<double> values) => [.. values.Select(v => double.IsFinite(v) ? v : (double?)null)];

    /// <summary>Text that Plotly shows letter by letter; it would read tags otherwise.</summary>
    public static string Text(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    public static string Json(IEnumerable<Trace> traces, Layout layout) =>
        GenericChart.toFigureJson(GenericChart.NewMultiChart(ListModule.OfSeq(traces), layout, new Config(), new DisplayOptions()));
}
