namespace Crane.Core.Memory.Learning;

/// <summary>A shape of a drawing in its colour.</summary>
/// <param name="Colour">Red, green, blue, 0..255.</param>
/// <param name="Covers">Whether it lies at a place: along the flag's width, measured in its heights, from the left; along its height from the top,
/// 0..1.</param>
public sealed record FlagShape(double[] Colour, Func<double, double, bool> Covers);

/// <summary>How one collection draws flags: format, frame, gloss, palette, and how freely it treats proportions and emblems.</summary>
public sealed class DrawingHand
{
    /// <summary>What stands for transparency.</summary>
    public static readonly double[] Outside = [128, 128, 128];

    private const double Frame = 4.0 / 3, FarFrom = 1.3 * Frame;   // a longer picture is cut in the middle (WorldPictures.Prepare)

    private readonly double margin, corner, gloss, edge, left, shown;
    private readonly double[] tint;
    private readonly double muted, spread;

    /// <summary>A new hand.</summary>
    public DrawingHand(Random random)
    {
        Random = random;
        double[] formats = [Frame, 1.5, 1.5, 1.6, 2, 2, 1.8];
        Aspect = formats[random.Next(formats.Length)];
        shown = Aspect > FarFrom && random.Next(3) > 0 ? Frame : Aspect;
        left = (Aspect - shown) / 2;
        margin = random.Next(4) == 0 ? 0.08 * random.NextDouble() : 0;
        corner = random.Next(3) == 0 ? 0.12 * random.NextDouble() : 0;
        gloss = random.Next(3) == 0 ? 0.35 * random.NextDouble() : 0;
        edge = random.Next(4) == 0 ? 0.3 * random.NextDouble() : 0;
        muted = 0.25 * random.NextDouble() * random.NextDouble();
        spread = 3 + 23 * random.NextDouble();
        tint = [12 * Normal(), 12 * Normal(), 12 * Normal()];
        Freedom = random.NextDouble();
    }

    /// <summary>Width of the flag in its heights.</summary>
    public double Aspect { get; }

    /// <summary>How far proportions stray, 0..1.</summary>
    public double Freedom { get; }

    /// <summary>Source of everything else.</summary>
    public Random Random { get; }

    /// <summary>1, give or take a share that grows with <see cref="Freedom"/>.</summary>
    public double Near(double share) => 1 + share * Freedom * (2 * Random.NextDouble() - 1);

    /// <summary>The hand's shade of a colour.</summary>
    public double[] Mix(int[] colour) => [.. colour.Select((level, c) => Math.Clamp((1 - muted) * level + muted * 128 + tint[c] + spread * Normal(), 0, 255))];

    /// <summary>The place on the flag at a place of the picture (0..1 from the left, 0..1 from the top); null outside the flag.</summary>
    public (double U, double V)? Place(double x, double y)
    {
        var (s, t) = ((x - margin) / (1 - 2 * margin), (y - margin) / (1 - 2 * margin));
        if (s is < 0 or > 1 || t is < 0 or > 1) return null;
        var (dx, dy) = (Math.Max(0, corner - Math.Min(s, 1 - s) * Frame), Math.Max(0, corner - Math.Min(t, 1 - t)));
        return dx * dx + dy * dy > corner * corner && corner > 0 ? null : (left + s * shown, t);
    }

    /// <summary>A colour under the hand's gloss: lighter above, darker at the edges.</summary>
    public double[] Shade(double[] colour, double x, double y)
    {
        if (gloss == 0 && edge == 0) return colour;
        var near = Math.Min(Math.Min(x, 1 - x), Math.Min(y, 1 - y));
        var (light, dark) = (gloss * Math.Max(0, 0.6 - y), edge * Math.Max(0, 1 - near / 0.15));
        return [.. colour.Select(level => (level + light * (255 - level)) * (1 - dark))];
    }

    private double Normal() => 2 * (Random.NextDouble() + Random.NextDouble() + Random.NextDouble() - 1.5);
}
