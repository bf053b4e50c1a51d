using System.Text.Json.Nodes;
using Crane.Core.Benchmark;
using Crane.Core.Display;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Vision;
using Deedle;
using Plotly.NET;
using TorchSharp;
using XPlot.Plotly;

namespace Crane.Notebooks.Formatting;

/// <summary>Forms of types that bring none themselves: those of other libraries, and the plain data of the kit's own.</summary>
internal static class ForeignTypes
{
    private const int MostRows = 200;

    public static IReadOnlyDictionary<string, string>? TryFormat(object value) => value switch
    {
        Edit edit => Show.Edit(edit).ToMimeBundle(),
        BenchmarkEdit edit => Show.Edit(edit).ToMimeBundle(),
        Probe probe => Show.Probe(probe).ToMimeBundle(),
        ProbeRecord record => Show.Record(record).ToMimeBundle(),
        IEnumerable<ProbeRecord> records => Show.Records(records).ToMimeBundle(),
        Picture picture => Show.Picture(picture).ToMimeBundle(),
        Exception exception => ExceptionBundle.Of(exception),
        torch.Tensor tensor => Show.Tensor(tensor).ToMimeBundle(),
        GenericChart chart => PlotlyBundle.Of(GenericChart.toFigureJson(chart)),
        PlotlyChart chart => PlotlyBundle.Of(FigureJson(chart)),
        IFrame frame => OfFrame((dynamic)frame),
        _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Series<,>) => OfSeries((dynamic)value),
        _ => null,
    };

    private static IReadOnlyDictionary<string, string> OfFrame<TRow, TColumn>(Frame<TRow, TColumn> frame) where TRow : notnull where TColumn : notnull =>
        frame.RowCount <= MostRows
            ? Show.Table(frame).ToMimeBundle()
            : Show.Table(frame.GetRows([.. frame.RowKeys.Take(MostRows)])).Titled($"The first {MostRows} of {frame.RowCount} rows").ToMimeBundle();

    private static IReadOnlyDictionary<string, string> OfSeries<TKey, TValue>(Series<TKey, TValue> series) where TKey : notnull
    {
        var rows = series.ObservationsAll.Take(MostRows).Select(o => new object?[] { o.Key, o.Value.HasValue ? o.Value.Value : null });
        var table = Show.Table(["key", "value"], rows);
        return (series.KeyCount <= MostRows ? table : table.Titled($"The first {MostRows} of {series.KeyCount} values")).ToMimeBundle();
    }

    // XPlot gives its figure only inside the script that draws it: "var data = …;", "var layout = …;", each on its line.
    private static string FigureJson(PlotlyChart chart)
    {
        var script = chart.GetPlottingJS();
        var layout = JsonNode.Parse(Assigned(script, "layout")) as JsonObject ?? [];   // "" when the chart has none
        layout.TryAdd("width", chart.Width);
        layout.TryAdd("height", chart.Height);
        return new JsonObject { ["data"] = JsonNode.Parse(Assigned(script, "data")), ["layout"] = layout }.ToJsonString();
    }

    private static string Assigned(string script, string variable)
    {
        var start = script.IndexOf($"var {variable} = ", StringComparison.Ordinal) + $"var {variable} = ".Length;
        var end = script.IndexOf('\n', start);
        return script[start..end].TrimEnd().TrimEnd(';');
    }
}
