namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>A progress bar to hand to a long-running function.</summary>
    /// <param name="redraw">Called with the bar whenever it should be drawn again, on the thread that reports.</param>
    public static ProgressBar Progress(Action<ProgressBar> redraw) => new(redraw);
}
