namespace Crane.Core.Display;

/// <summary>Where a label stands beside its point; None: there is no room, it is shown on hovering only.</summary>
internal enum Place
{
    None, Right, Left, Above, Below,
}

/// <summary>Puts labels beside points so that they cover neither a point nor each other; greedy, in the order of the calls.</summary>
internal sealed class LabelPlacer(float size)
{
    private readonly List<(double Left, double Top, double Right, double Bottom)> taken = [];

    public static string Plotly(Place place) => place switch { Place.Left => "middle left", Place.Above => "top center", Place.Below => "bottom center", _ =>
        "middle right" };

    /// <summary>Keeps labels off a point.</summary>
    public void Block(double x, double y, double radius) => taken.Add((x - radius, y - radius, x + radius, y + radius));

    /// <summary>The first free place of right, left, above, below of a point in pixels.</summary>
    public Place Put(string label, double x, double y, double width)
    {
        if (label.Length == 0 || !double.IsFinite(x) || !double.IsFinite(y)) return Place.None;
        var (w, h) = ((double)Typeface.Width(label, size), size * 1.2);
        foreach (var place in new[] { Place.Right, Place.Left, Place.Above, Place.Below })
        {
            var (left, top) = place switch
            {
                Place.Right => (x + 6, y - h / 2), Place.Left => (x - 6 - w, y - h / 2), Place.Above => (x - w / 2, y - 6 - h), _ => (x - w / 2, y + 6),
            };
            var box = (Left: left, Top: top, Right: left + w, Bottom: top + h);
            if (box.Left < 0 || box.Right > width || taken.Any(t => t.Left < box.Right && box.Left < t.Right && t.Top < box.Bottom && box.Top < t.Bottom))
                continue;
            taken.Add(box);
            return place;
        }
        return Place.None;
    }

    /// <summary>The nearest free place some way off a point, to which a thin line leads, as the distance of the label's middle in pixels, downwards positive;
    /// null where there is none.</summary>
    public (double X, double Y)? PutFar(string label, double x, double y, double width, double height)
    {
        var (w, h) = ((double)Typeface.Width(label, size), size * 1.2);
        var offsets = from dy in (double[])[-20, 20, -34, 34, -48, 48, -62, -76, -90, -104] from dx in (double[])[0, -24, 24, -48, 48, -72, 72]
            orderby Math.Abs(dy) + Math.Abs(dx) select (X: dx, Y: dy);
        foreach (var (dx, dy) in offsets)
        {
            var box = (Left: x + dx - w / 2, Top: y + dy - h / 2, Right: x + dx + w / 2, Bottom: y + dy + h / 2);
            if (box.Left < 0 || box.Right > width || box.Top < 0 || box.Bottom > height
                || taken.Any(t => t.Left < box.Right && box.Left < t.Right && t.Top < box.Bottom && box.Top < t.Bottom)) continue;
            taken.Add(box);
            return (dx, dy);
        }
        return null;
    }

    /// <summary>Heights that lie at least a gap apart, each as near as may be to where it wants to be, in the same order.</summary>
    public static double[] Spread(IReadOnlyList<double> wanted, double gap)
    {
        var order = Enumerable.Range(0, wanted.Count).OrderBy(i => wanted[i]).ToArray();
        // Clusters of labels that touch, each centred on the mean of what its members want.
        var clusters = new List<(double Sum, int Count)>();
        double Start((double Sum, int Count) c) => c.Sum / c.Count - gap * (c.Count - 1) / 2;
        foreach (var i in order)
        {
            clusters.Add((wanted[i], 1));
            while (clusters.Count > 1 && Start(clusters[^2]) + gap * clusters[^2].Count > Start(clusters[^1]))
            {
                var (a, b) = (clusters[^2], clusters[^1]);
                clusters.RemoveRange(clusters.Count - 2, 2);
                clusters.Add((a.Sum + b.Sum, a.Count + b.Count));
            }
        }
        var heights = new double[wanted.Count];
        var next = 0;
        foreach (var cluster in clusters)
            for (var k = 0; k < cluster.Count; k++) heights[order[next++]] = Start(cluster) + gap * k;
        return heights;
    }
}
