using Crane.Core.Benchmark;
using Crane.Core.Vision;

namespace Crane.Core.Memory.Learning;

/// <summary>Flags that no country flies, drawn by many hands: what a picture net learns from. A design is a ground and what lies on it; each drawing has its own colours, proportions,
/// format, frame and gloss, and leaves out or enlarges details of the emblems, as real collections of flags do.</summary>
public static class InventedFlags
{
    private const int Samples = 2;   // a pixel's, along each side

    /// <summary>Designs that are easily taken for each other: the first, and variants of it with another emblem, other colours, turned around or without a part.</summary>
    /// <param name="size">At least 1.</param>
    /// <param name="random">Source of all choices.</param>
    public static IReadOnlyList<FlagDesign> Family(int size, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var family = new List<FlagDesign> { FlagDesign.Invent(random) };
        while (family.Count < size)
            if (family[0].Variant(random) is var variant && !family.Any(variant.IsSame)) family.Add(variant);
        return family;
    }

    /// <summary>One drawing of a design, 64 × 48 pixels.</summary>
    /// <param name="design">The design.</param>
    /// <param name="random">Source of the hand.</param>
    public static Picture Draw(FlagDesign design, Random random)
    {
        var hand = new DrawingHand(random);
        var shapes = design.Shapes(hand);
        var picture = new Picture(WorldPictures.Width, WorldPictures.Height, new byte[3 * WorldPictures.Width * WorldPictures.Height]);
        Span<double> sum = stackalloc double[3];
        for (var row = 0; row < picture.Height; row++)
            for (var column = 0; column < picture.Width; column++)
            {
                sum.Clear();
                for (var sample = 0; sample < Samples * Samples; sample++)
                {
                    var (x, y) = ((column + (sample % Samples + 0.5) / Samples) / picture.Width, (row + (sample / Samples + 0.5) / Samples) / picture.Height);
                    var colour = hand.Place(x, y) is var (u, v) ? hand.Shade(Top(shapes, u, v), x, y) : DrawingHand.Outside;
                    for (var channel = 0; channel < 3; channel++) sum[channel] += colour[channel];
                }
                for (var channel = 0; channel < 3; channel++)
                    picture.Rgb[3 * (row * picture.Width + column) + channel] = (byte)Math.Clamp(sum[channel] / (Samples * Samples) + 0.5, 0, 255);
            }
        return picture;
    }

    /// <summary>The colour of the uppermost shape at a place; the lowest covers everything.</summary>
    private static double[] Top(IReadOnlyList<FlagShape> shapes, double u, double v)
    {
        for (var i = shapes.Count - 1; i > 0; i--)
            if (shapes[i].Covers(u, v)) return shapes[i].Colour;
        return shapes[0].Colour;
    }
}
