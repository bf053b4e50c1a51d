using Crane.Core.Vision;

namespace Crane.Core.Display;

/// <summary>Pictures made from pictures and from numbers.</summary>
internal static class Raster
{
    /// <summary>Every pixel as a square of pixels, so that a tiny picture can be seen.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="factor">Side of the square, at least 1.</param>
    public static Picture Enlarge(Picture picture, int factor)
    {
        if (factor == 1) return picture;
        var (width, height) = (picture.Width * factor, picture.Height * factor);
        var rgb = new byte[3 * width * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                Array.Copy(picture.Rgb, 3 * (y / factor * picture.Width + x / factor), rgb, 3 * (y * width + x), 3);
        return new Picture(width, height, rgb);
    }

    /// <summary>The whole factor that brings a picture near a width, never below 1.</summary>
    public static int Factor(int width, int wanted) => Math.Max(1, (int)Math.Round((double)wanted / width));

    /// <summary>A matrix as Viridis colours, the smallest finite value dark and the largest bright, a pixel a cell.</summary>
    /// <param name="values"><c>[rows, columns]</c>, each at least 1.</param>
    public static Picture HeatMap(double[,] values)
    {
        var (rows, columns) = (values.GetLength(0), values.GetLength(1));
        var scale = Unit(values);
        var rgb = new byte[3 * rows * columns];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                Set(rgb, r * columns + c, Viridis.At(scale(values[r, c])));
        return new Picture(columns, rows, rgb);
    }

    /// <summary>Lays a matrix over a picture: a cell covers its share of the picture, bright and opaque where the weight is high.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="weights"><c>[rows, columns]</c>.</param>
    public static Picture Overlay(Picture picture, double[,] weights)
    {
        var (rows, columns) = (weights.GetLength(0), weights.GetLength(1));
        var scale = Unit(weights);
        var rgb = (byte[])picture.Rgb.Clone();
        for (var y = 0; y < picture.Height; y++)
            for (var x = 0; x < picture.Width; x++)
            {
                var (at, weight) = (y * picture.Width + x, scale(weights[y * rows / picture.Height, x * columns / picture.Width]));
                if (double.IsNaN(weight)) continue;
                var (opacity, colour) = (0.35 + 0.35 * weight, Viridis.At(weight));
                Set(rgb, at, (Mix(rgb[3 * at], colour.R, opacity), Mix(rgb[3 * at + 1], colour.G, opacity), Mix(rgb[3 * at + 2], colour.B, opacity)));
            }
        return new Picture(picture.Width, picture.Height, rgb);
    }

    /// <summary>Draws grid lines at every multiple of a step, in place.</summary>
    public static void Grid(Picture picture, int step, int thickness, (byte R, byte G, byte B) colour)
    {
        bool OnLine(int at, int size) => (at + thickness / 2) % step < thickness || at >= size - (thickness + 1) / 2;
        for (var y = 0; y < picture.Height; y++)
            for (var x = 0; x < picture.Width; x++)
                if (OnLine(x, picture.Width) || OnLine(y, picture.Height)) Set(picture.Rgb, y * picture.Width + x, colour);
    }

    /// <summary>Smallest and largest finite value; (0, 0) where there is none.</summary>
    public static (double Low, double High) Range(double[,] values)
    {
        var finite = values.Cast<double>().Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        return (finite.Min(), finite.Max());
    }

    /// <summary>Maps values to [0, 1]; all equal: to 0; not finite: infinities to the ends, NaN stays.</summary>
    private static Func<double, double> Unit(double[,] values)
    {
        var (low, high) = Range(values);
        return v => double.IsNaN(v) ? double.NaN : high > low ? Math.Clamp((v - low) / (high - low), 0, 1) : 0;
    }

    private static byte Mix(byte under, byte over, double opacity) => (byte)Math.Round(under + (over - under) * opacity);

    private static void Set(byte[] rgb, int pixel, (byte R, byte G, byte B) colour) =>
        (rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2]) = (colour.R, colour.G, colour.B);
}
