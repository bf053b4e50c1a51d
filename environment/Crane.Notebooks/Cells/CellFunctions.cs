using Crane.Core.Display;
using Crane.Notebooks.Engine;
using Microsoft.AspNetCore.Html;

namespace Crane.Notebooks.Cells;

/// <summary>What every cell can call by its bare name; the names are those of Polyglot Notebooks, so that a notebook runs in both.</summary>
public static class CellFunctions
{
    /// <summary>Shows a value in the richest forms that it has.</summary>
    public static DisplayedValue display(object? value) => Scope.Display(value, null);

    /// <summary>Shows a value under one MIME type: a string as it stands, anything else as its formatter for that type gives it.</summary>
    public static DisplayedValue display(object? value, string mimeType) => Scope.Display(value, mimeType);

    /// <summary>Marks a string as HTML, to be shown unescaped.</summary>
    public static IHtmlContent HTML(string html) => new HtmlString(html);

    /// <summary>Takes away what the cell has shown so far.</summary>
    /// <param name="wait">True: when the next output comes, so that nothing flickers.</param>
    public static void clear_output(bool wait = false) => Scope.Show(new ClearOutput(wait));

    /// <summary>Shows a progress bar and gives it, for whatever takes long to report to.</summary>
    public static ProgressBar progress()
    {
        DisplayedValue? shown = null;
        var bar = Show.Progress(b => shown?.Update(b));
        shown = display(bar);
        Scope.AtEnd(bar.Redraw);
        return bar;
    }

    /// <summary>Shows an empty chart and gives it, to add points to while something long runs; it redraws in place.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    /// <param name="y">Label of the vertical axis.</param>
    /// <param name="logY">Logarithmic vertical axis.</param>
    public static LiveChart live(string title, string x = "step", string y = "", bool logY = false)
    {
        DisplayedValue? shown = null;
        var chart = Show.Live(c => shown?.Update(c), title, x, y, logY);
        shown = display(chart);
        Scope.AtEnd(chart.Redraw);
        return chart;
    }

    private static CellScope Scope => CellScope.Current ?? throw new InvalidOperationException("Only a cell, or a task that it started, can display.");
}
