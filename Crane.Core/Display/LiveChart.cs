using System.Diagnostics;

namespace Crane.Core.Display;

/// <summary>Curves that grow while something long runs, such as the rewards of a training, drawn again and again in the same place.</summary>
/// <remarks>Points may come from any thread. It is redrawn at most twice a second, and seldom enough that drawing takes no more than a tenth of the time.
/// All points are kept; a figure shows at most 500 of a curve, each but the last the mean of its neighbours, so its size does not grow with the training.
/// How it reaches the page is the caller's callback.</remarks>
public sealed class LiveChart
{
    private const int MostPoints = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Action<LiveChart> redraw;
    private readonly LineFigure empty;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly Dictionary<string, (List<double> X, List<double> Y)> curves = [];
    private long? lastDrawn;
    private TimeSpan drawing;
    private bool dirty;

    internal LiveChart(Action<LiveChart> redraw, LineFigure empty, TimeProvider? clock = null) =>
        (this.redraw, this.empty, this.clock) = (redraw, empty, clock ?? TimeProvider.System);

    /// <summary>Adds a point to one or more curves: <c>chart.Add(step, ("answer", 0.4), ("format", 1))</c>. A name that is new begins a curve.</summary>
    /// <param name="x">Position, for example the step; the same for all values.</param>
    /// <param name="values">Names of curves and their values; NaN leaves a gap.</param>
    public void Add(double x, params IReadOnlyList<(string Curve, double Value)> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        lock (gate)
        {
            foreach (var (curve, value) in values)
            {
                if (!curves.TryGetValue(curve, out var points)) curves[curve] = points = ([], []);
                points.X.Add(x);
                points.Y.Add(value);
            }
            dirty = true;
            if (lastDrawn is { } last && clock.GetElapsedTime(last) < Max(Pause, 9 * drawing)) return;
        }
        Redraw();
    }

    /// <summary>Adds a point to the curve of each entry, as trainers report their numbers.</summary>
    /// <param name="x">Position, for example the step.</param>
    /// <param name="values">Names of curves and their values.</param>
    public void Add(double x, IEnumerable<KeyValuePair<string, double>> values) => Add(x, [.. values.Select(v => (v.Key, v.Value))]);

    /// <summary>Draws what came since the last time; without news it does nothing. Notebooks do this when a cell ends, whatever ends it.</summary>
    public void Redraw()
    {
        lock (gate)
        {
            if (!dirty) return;
            (dirty, lastDrawn) = (false, clock.GetTimestamp());
        }
        var watch = Stopwatch.StartNew();
        redraw(this);
        lock (gate) (drawing, lastDrawn) = (watch.Elapsed, clock.GetTimestamp());
    }

    /// <summary>The curves as they are now.</summary>
    public LineFigure Figure
    {
        get
        {
            lock (gate) return empty.With([.. curves.Select(c => Thinned(c.Key, c.Value.X, c.Value.Y))]);
        }
    }

    /// <summary>The forms of the figure.</summary>
    public IReadOnlyDictionary<string, string> ToMimeBundle() => Figure.ToMimeBundle();

    /// <summary>The text of the figure.</summary>
    public override string ToString() => Figure.Text;

    // The latest point stays what it is: it is what one looks at.
    private static Series Thinned(string name, List<double> x, List<double> y)
    {
        if (x.Count <= MostPoints) return new(name, [.. x], [.. y]);
        var width = (x.Count + MostPoints - 3) / (MostPoints - 1);
        return new(name, [.. x.SkipLast(1).Chunk(width).Select(part => part.Average()), x[^1]], [.. y.SkipLast(1).Chunk(width).Select(Mean), y[^1]]);
    }

    private static double Mean(double[] values) => values.Where(double.IsFinite).ToArray() is { Length: > 0 } known ? known.Average() : double.NaN;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
