namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>A progress bar to hand to a long-running function.</summary>
    /// <param name="redraw">Called with the bar whenever it should be drawn again, on the thread that reports.</param>
    public static ProgressBar Progress(Action<ProgressBar> redraw) => new(redraw);

    /// <summary>A chart to add points to while a long-running function runs.</summary>
    /// <param name="redraw">Called with the chart whenever it should be drawn again, on the thread that adds.</param>
    /// <param name="title">Heading.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    /// <param name="y">Label of the vertical axis.</param>
    /// <param name="logY">Logarithmic vertical axis.</param>
    public static LiveChart Live(Action<LiveChart> redraw, string title, string x = "step", string y = "", bool logY = false) =>
        new(redraw, Figure.Lines(title, [], x, y, logY: logY));
}
