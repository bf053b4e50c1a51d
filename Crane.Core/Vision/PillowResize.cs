using System.Runtime.Intrinsics;

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
        var (weights, result, line) = (Precompute(width, newWidth), new byte[3 * newWidth * height], new int[4 * width]);
        ReadOnlySpan<int> values = weights.Values;
        for (int y = 0, to = 0; y < height; y++)
        {
            Widen(rgb.AsSpan(3 * y * width, 3 * width), line);
            for (var x = 0; x < newWidth; x++, to += 3)
            {
                var sum = Vector128.Create(1 << (Precision - 1));   // one place a channel
                var from = 4 * weights.First[x];
                var own = values.Slice(x * weights.Stride, weights.Count[x]);
                for (var i = 0; i < own.Length; i++, from += 4) sum += Vector128.Create(line, from) * own[i];
                (result[to], result[to + 1], result[to + 2]) = (Clip(sum[0]), Clip(sum[1]), Clip(sum[2]));
            }
        }
        return result;
    }

    /// <summary>Bytes red, green, blue become numbers red, green, blue, 0.</summary>
    private static void Widen(ReadOnlySpan<byte> rgb, int[] line)
    {
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4) (line[to], line[to + 1], line[to + 2]) = (rgb[from], rgb[from + 1], rgb[from + 2]);
    }

    private static byte[] Rows(byte[] rgb, int width, int height, int newHeight)
    {
        var (weights, result, sums) = (Precompute(height, newHeight), new byte[3 * width * newHeight], new int[3 * width]);
        for (var y = 0; y < newHeight; y++)
        {
            Array.Fill(sums, 1 << (Precision - 1));
            for (var i = 0; i < weights.Count[y]; i++)
                Add(sums, rgb.AsSpan(3 * width * (weights.First[y] + i), 3 * width), weights.Values[y * weights.Stride + i]);
            var line = result.AsSpan(3 * width * y, 3 * width);
            for (var x = 0; x < line.Length; x++) line[x] = Clip(sums[x]);
        }
        return result;
    }

    /// <summary>Adds a line of bytes times a weight, 16 at a time where there are as many.</summary>
    private static void Add(Span<int> sums, ReadOnlySpan<byte> line, int weight)
    {
        var x = 0;
        for (; x <= line.Length - 16; x += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(line.Slice(x, 16)));
            var ((a, b), (c, d)) = (Vector128.Widen(low), Vector128.Widen(high));
            var target = sums.Slice(x, 16);
            (Vector128.Create<int>(target) + a.AsInt32() * weight).CopyTo(target);
            (Vector128.Create<int>(target[4..]) + b.AsInt32() * weight).CopyTo(target[4..]);
            (Vector128.Create<int>(target[8..]) + c.AsInt32() * weight).CopyTo(target[8..]);
            (Vector128.Create<int>(target[12..]) + d.AsInt32() * weight).CopyTo(target[12..]);
        }
        for (; x < line.Length; x++) sums[x] += line[x] * weight;
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
