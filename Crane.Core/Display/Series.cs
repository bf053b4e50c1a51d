namespace Crane.Core.Display;

/// <summary>A named curve.</summary>
public sealed record Series
{
    /// <summary>A curve over given positions.</summary>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public Series(string name, IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count) throw new ArgumentException($"Series '{name}' has {x.Count} x values and {y.Count} y values; expected as many of each.",
            nameof(y));
        (Name, X, Y) = (name, x, y);
    }

    /// <summary>A curve over 0, 1, 2, …</summary>
    public Series(string name, IReadOnlyList<double> y) : this(name, [.. Enumerable.Range(0, y.Count).Select(i => (double)i)], y) { }

    /// <summary>Its name in the legend.</summary>
    public string Name { get; }

    /// <summary>Positions <c>[points]</c>.</summary>
    public IReadOnlyList<double> X { get; }

    /// <summary>Values <c>[points]</c>.</summary>
    public IReadOnlyList<double> Y { get; }
}

/// <summary>A named bar of every category, with an interval where there is one.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Values">Lengths <c>[categories]</c>; NaN leaves the bar out.</param>
/// <param name="Low">Lower ends of the intervals <c>[categories]</c>, or null.</param>
/// <param name="High">Upper ends of the intervals <c>[categories]</c>, or null.</param>
public sealed record BarSeries(string Name, IReadOnlyList<double> Values, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);

/// <summary>A named group of points.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">Positions <c>[points]</c>.</param>
/// <param name="Y">Values <c>[points]</c>.</param>
/// <param name="Labels">A name for each point <c>[points]</c>, or null.</param>
public sealed record PointSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<string>? Labels = null);
