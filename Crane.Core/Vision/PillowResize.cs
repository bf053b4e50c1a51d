namespace Crane.Core.Vision;

/// <summary>Pillow's bicubic resampling, bit for bit: a = −0.5, widened when shrinking, two passes, 22-bit fixed-point weights and rounding to bytes
/// between the passes (Pillow 13, <c>src/libImaging/Resample.c</c>).</summary>
/// <remarks>The order of the passes shows in the result, because overshoot is clipped between them. Pillow changed it in version 13
/// (python-pillow/Pillow#9549): the height goes first where it shrinks and the width does not, or shrinks much less. The reference values settle the
/// first; for the second they say only that 1.5 times is not much less and 3.6 times is, so that "twice" is a reading between the two.</remarks>
public static class PillowResize
{
    private const int Precision = 32 - 8 - 2;
    private const double Support = 2.0;
    private const double MuchMore = 2.0;

    /// <summary>For each output place the first input place and the fixed-point weights from there on.</summary>
    private sealed record Weights(int[] First, int[] Count, int[] Values, int Stride);

    /// <summary>Resizes to the given sizes in pixels, each at least 1.</summary>
    public static Picture Bicubic(Picture picture, int width, int height)
    {
        if (width < 1 || height < 1) throw new ArgumentOutOfRangeException(nameof(width), $"A picture cannot be resized to {width} × {height}.");
        var rgb = picture.Rgb;
        if (HeightFirst(picture, width, height))
        {
            rgb = Rows(rgb, picture.Width, picture.Height, height);
            rgb = Columns(rgb, picture.Width, height, width);
        }
        else
        {
            if (width != picture.Width) rgb = Columns(rgb, picture.Width, picture.Height, width);
            if (height != picture.Height) rgb = Rows(rgb, width, picture.Height, height);
        }
        return ReferenceEquals(rgb, picture.Rgb) ? picture : new Picture(width, height, rgb);
    }

    private static bool HeightFirst(Picture picture, int width, int height) =>
        height < picture.Height && width != picture.Width
        && (width > picture.Width || (double)picture.Height / height > MuchMore * picture.Width / width);

    private static byte[] Columns(byte[] rgb, int width, int height, int newWidth)
    {
        var (weights, result) = (Precompute(width, newWidth), new byte[3 * newWidth * height]);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < newWidth; x++)
            {
                int red = 1 << (Precision - 1), green = red, blue = red, from = 3 * (y * width + weights.First[x]), at = x * weights.Stride;
                for (var i = 0; i < weights.Count[x]; i++, from += 3)
                {
                    var weight = weights.Values[at + i];
                    red += rgb[from] * weight;
                    green += rgb[from + 1] * weight;
                    blue += rgb[from + 2] * weight;
                }
                var to = 3 * (y * newWidth + x);
                (result[to], result[to + 1], result[to + 2]) = (Clip(red), Clip(green), Clip(blue));
            }
        return result;
    }

    private static byte[] Rows(byte[] rgb, int width, int height, int newHeight)
    {
        var (weights, result, line) = (Precompute(height, newHeight), new byte[3 * width * newHeight], new int[3 * width]);
        for (var y = 0; y < newHeight; y++)
        {
            Array.Fill(line, 1 << (Precision - 1));
            for (var i = 0; i < weights.Count[y]; i++)
            {
                var (weight, from) = (weights.Values[y * weights.Stride + i], 3 * width * (weights.First[y] + i));
                for (var x = 0; x < line.Length; x++) line[x] += rgb[from + x] * weight;
            }
            for (var x = 0; x < line.Length; x++) result[3 * width * y + x] = Clip(line[x]);
        }
        return result;
    }

    private static Weights Precompute(int size, int newSize)
    {
        var scale = (double)size / newSize;
        var widen = Math.Max(scale, 1.0);
        var reach = Support * widen;
        var stride = (int)Math.Ceiling(reach) * 2 + 1;
        var weights = new Weights(new int[newSize], new int[newSize], new int[newSize * stride], stride);
        var line = new double[stride];
        for (var place = 0; place < newSize; place++)
        {
            var centre = (place + 0.5) * scale;
            var first = Math.Max((int)(centre - reach + 0.5), 0);
            var count = Math.Min((int)(centre + reach + 0.5), size) - first;
            var sum = 0.0;
            for (var i = 0; i < count; i++) sum += line[i] = Cubic((i + first - centre + 0.5) / widen);
            for (var i = 0; i < count; i++)
            {
                var fixedPoint = (sum != 0 ? line[i] / sum : line[i]) * (1 << Precision);
                weights.Values[place * stride + i] = (int)(fixedPoint < 0 ? fixedPoint - 0.5 : fixedPoint + 0.5);
            }
            (weights.First[place], weights.Count[place]) = (first, count);
        }
        return weights;
    }

    private static double Cubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static byte Clip(int value) => (byte)Math.Clamp(value >> Precision, 0, 255);
}
