using System.Globalization;
using System.Text.Json.Nodes;
using Crane.Core.Display;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Crane.Notebooks.Formatting;

/// <summary>An axis of a Plotly figure: numbers, powers of ten, dates or names, as its values and its type say.</summary>
internal sealed class PlotlyAxis
{
    private readonly Dictionary<string, int> names = [];
    private readonly bool isLog, isDate;

    /// <param name="values">All that traces have on it.</param>
    /// <param name="layout">The axis in the layout, or null.</param>
    public PlotlyAxis(IEnumerable<JsonNode?> values, JsonObject? layout)
    {
        string[] all = [.. values.Where(v => v is not null).Select(v => v!.ToString())];
        var type = (string?)(layout?["type"] as JsonValue);
        IsReversed = (layout?["autorange"] as JsonValue)?.ToString() == "reversed";
        isLog = type == "log";
        if (all.Length == 0 || isLog || (type is not "category" and not "date" && all.All(v => Number(v) is not null)))
            return;
        isDate = type is not "category" && all.All(v => Date(v) is not null);
        if (isDate)
            return;
        foreach (var name in all)
            names.TryAdd(name, names.Count);
    }

    public bool IsReversed { get; }

    /// <summary>Where a value stands, in axis units; NaN for none.</summary>
    public double At(JsonNode? value) => value?.ToString() is not { } text ? double.NaN
        : names.Count > 0 ? names.TryGetValue(text, out var place) ? place : double.NaN
        : isDate ? Date(text)?.ToOADate() ?? double.NaN
        : Number(text) is not { } number ? double.NaN
        : isLog ? Math.Log10(number) : number;

    /// <summary>Gives the plot's axis its ticks.</summary>
    public void Label(Plot plot, IAxis axis, double pixels)
    {
        if (isLog)
            axis.TickGenerator = new NumericAutomatic { MinorTickGenerator = new LogMinorTickGenerator(), LabelFormatter = v => v == Math.Round(v)
                ? Power((int)v) : "", IntegerTicksOnly = true };
        if (isDate && axis == plot.Axes.Bottom)
            plot.Axes.DateTimeTicksBottom();
        if (names.Count == 0)
            return;
        string[] labels = [.. names.Keys.Select(PlotlyTrace.Plain)];
        if (axis == plot.Axes.Bottom)
            StaticFace.CategoriesBelow(plot, labels, pixels / labels.Length);
        else
            axis.TickGenerator = new NumericManual([.. labels.Select((_, i) => (double)i)], [.. labels.Select(l => l.Length <= 40 ? l : l[..39] + "…")]);
    }

    private static string Power(int exponent) => exponent is > 5 or < -4 ? $"1e{exponent}"
        : Math.Pow(10, exponent).ToString("G6", CultureInfo.InvariantCulture);

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTime? Date(string text) =>
        text.Length >= 7 && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
            out var date) ? date : null;
}
