using System.Globalization;

namespace Crane.Core.Display;

/// <summary>A bar that long-running functions feed: stage, fraction, rate, time left, and the latest detail.</summary>
/// <remarks>Reports may come from any thread. It redraws at most five times a second, and always for a new stage and for the end of one.
/// How it reaches the page is the caller's callback.</remarks>
public sealed class ProgressBar : IProgress<ProgressUpdate>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly Action<ProgressBar> redraw;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private ProgressUpdate? latest;
    private long firstDone, stageStart, lastDrawn;
    private bool dirty;

    internal ProgressBar(Action<ProgressBar> redraw, TimeProvider? clock = null) => (this.redraw, this.clock) = (redraw, clock ?? TimeProvider.System);

    /// <inheritdoc/>
    public void Report(ProgressUpdate value)
    {
        ArgumentNullException.ThrowIfNull(value);
        lock (gate)
        {
            var now = clock.GetTimestamp();
            var newStage = value.Stage != latest?.Stage || value.Done < latest.Done;
            // Work that was resumed starts above zero; only what is done from here on tells the rate.
            if (newStage) (stageStart, firstDone) = (now, value.Done);
            (latest, dirty) = (value, true);
            if (!newStage && value.Done < value.Total && clock.GetElapsedTime(lastDrawn, now) < Pause) return;
        }
        Redraw();
    }

    /// <summary>Draws what was reported since the last time; without news it does nothing. Notebooks do this when a cell ends, whatever ends it.</summary>
    public void Redraw()
    {
        lock (gate)
        {
            if (!dirty) return;
            (dirty, lastDrawn) = (false, clock.GetTimestamp());
        }
        redraw(this);
    }

    /// <summary>text/plain and text/html.</summary>
    public IReadOnlyDictionary<string, string> ToMimeBundle()
    {
        lock (gate)
        {
            if (latest is null) return new View("waiting", Html.Wrap("<span class=\"note\">waiting</span>")).ToMimeBundle();
            var (fraction, words) = (Fraction(latest), Words(latest));
            var percent = (100 * fraction).ToString("0.#", CultureInfo.InvariantCulture);
            var detail = latest.Detail is { Length: > 0 } text ? $" · {text}" : "";
            var cells = (int)Math.Round(fraction * 20);
            return new View($"{latest.Stage} [{new string('#', cells)}{new string('.', 20 - cells)}] {words}{detail}", Html.Wrap(
                $"<div><b>{Html.Escape(latest.Stage)}</b> <span class=\"note\">{Html.Escape(words)}</span></div>" +
                $"<div class=\"bar{(fraction >= 1 ? " done" : "")}\" role=\"progressbar\" aria-valuenow=\"{percent}\" aria-valuemin=\"0\" aria-valuemax=\"100\"><div style=\"width:{percent}%\"></div></div>" +
                (detail.Length > 0 ? $"<div class=\"note\">{Html.Escape(latest.Detail)}</div>" : ""))).ToMimeBundle();
        }
    }

    /// <summary>The text.</summary>
    public override string ToString() => ToMimeBundle()[Mime.Text];

    private static double Fraction(ProgressUpdate update) => update.Total <= 0 ? 0 : Math.Clamp((double)update.Done / update.Total, 0, 1);

    /// <summary>"120 of 400 (30 %) · 8.1 / s · 35 s left"; a finished stage says how long it took instead.</summary>
    private string Words(ProgressUpdate update)
    {
        var elapsed = clock.GetElapsedTime(stageStart);
        var done = update.Done - firstDone;
        var rate = elapsed > TimeSpan.Zero ? done / elapsed.TotalSeconds : 0;
        var count = update.Total > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{update.Done} of {update.Total} ({Math.Floor(100 * Fraction(update)):0} %)") : $"{update.Done}";
        if (done <= 0 || rate <= 0) return count;
        var speed = string.Create(CultureInfo.InvariantCulture,
            $" · {(rate >= 100 ? rate.ToString("0", CultureInfo.InvariantCulture) : rate.ToString("G2", CultureInfo.InvariantCulture))} / s");
        if (update.Total <= 0) return count + speed;
        var time = update.Done >= update.Total ? $" · took {TableText.Duration(elapsed)}"
            : $" · {TableText.Duration(TimeSpan.FromSeconds((update.Total - update.Done) / rate))} left";
        return count + speed + time;
    }
}
