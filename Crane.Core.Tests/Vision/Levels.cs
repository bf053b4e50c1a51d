using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

/// <summary>Compares pictures and says where they differ most; makes pictures for tests.</summary>
internal static class Levels
{
    public static void Assert(string what, Picture expected, Picture actual, int tolerance)
    {
        Xunit.Assert.True((expected.Width, expected.Height) == (actual.Width, actual.Height),
            $"{what}: expected {expected.Width} × {expected.Height}, found {actual.Width} × {actual.Height}.");
        var at = Enumerable.Range(0, expected.Rgb.Length).MaxBy(i => Math.Abs(expected.Rgb[i] - actual.Rgb[i]));
        var difference = Math.Abs(expected.Rgb[at] - actual.Rgb[at]);
        Xunit.Assert.True(difference <= tolerance,
            $"{what}: differs by {difference} levels (allowed {tolerance}) at column {at / 3 % expected.Width}, row {at / 3 / expected.Width}: expected {expected.Rgb[at]}, found {actual.Rgb[at]}.");
    }

    public static double MeanDifference(Picture a, Picture b) => a.Rgb.Zip(b.Rgb, (x, y) => (double)Math.Abs(x - y)).Average();

    /// <summary>Independent random levels.</summary>
    public static Picture Random(int width, int height, int seed)
    {
        var rgb = new byte[3 * width * height];
        new Random(seed).NextBytes(rgb);
        return new Picture(width, height, rgb);
    }

    public static Picture Plain(int width, int height, byte red, byte green, byte blue) =>
        new(width, height, [.. Enumerable.Repeat<byte[]>([red, green, blue], width * height).SelectMany(p => p)]);
}
