namespace Crane.Core.Display;

/// <summary>The perceptually even colour map of matplotlib (van der Walt and Smith, CC0), linear between nine of its 256 entries.</summary>
public static class Viridis
{
    private static readonly (byte R, byte G, byte B)[] Anchors =
        [(68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141), (39, 173, 129), (92, 200, 99), (170, 220, 50), (253, 231, 37)];

    /// <summary>The colour of a value.</summary>
    /// <param name="value">0 (dark violet) to 1 (yellow); values outside are clamped, NaN is mid-grey.</param>
    public static (byte R, byte G, byte B) At(double value)
    {
        if (double.IsNaN(value)) return (128, 128, 128);
        var position = Math.Clamp(value, 0, 1) * (Anchors.Length - 1);
        var below = Math.Min((int)position, Anchors.Length - 2);
        var (a, b, t) = (Anchors[below], Anchors[below + 1], position - below);
        return (Mix(a.R, b.R, t), Mix(a.G, b.G, t), Mix(a.B, b.B, t));
    }

    /// <summary>The anchors as Plotly's colour scale: pairs of position and <c>#rrggbb</c>.</summary>
    internal static object[][] Scale() => [.. Anchors.Select((c, i) => new object[] { i / (Anchors.Length - 1.0), $"#{c.R:X2}{c.G:X2}{c.B:X2}" })];

    private static byte Mix(byte a, byte b, double t) => (byte)Math.Round(a + (b - a) * t);
}
