namespace Crane.Core.Vision;

/// <summary>Chooses the size a picture is resized to: sides that are multiples of a factor, an area within limits, the aspect kept as well as that allows
/// (Hugging Face <c>smart_resize</c> of Qwen2-VL).</summary>
public static class SmartResize
{
    private const double LargestAspect = 200;

    /// <summary>The new size.</summary>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="factor">Patch side × merge side.</param>
    /// <param name="minPixels">Smallest area.</param>
    /// <param name="maxPixels">Largest area.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    /// <exception cref="ArgumentException">One side is more than 200 times the other.</exception>
    public static (int Height, int Width) Of(int height, int width, int factor, long minPixels, long maxPixels)
    {
        if (height < 1 || width < 1) throw new ArgumentOutOfRangeException(nameof(height), $"A picture has at least 1 × 1 pixels, found {width} × {height}.");
        if ((double)Math.Max(height, width) / Math.Min(height, width) is > LargestAspect and var aspect)
            throw new ArgumentException($"absolute aspect ratio must be smaller than {LargestAspect}, got {aspect} ({width} × {height}).");
        var (h, w) = (Math.Round((double)height / factor, MidpointRounding.ToEven) * factor,
            Math.Round((double)width / factor, MidpointRounding.ToEven) * factor);
        if (h * w > maxPixels)
        {
            var shrink = Math.Sqrt((double)height * width / maxPixels);
            h = Math.Max(factor, Math.Floor(height / shrink / factor) * factor);
            w = Math.Max(factor, Math.Floor(width / shrink / factor) * factor);
        }
        else if (h * w < minPixels)
        {
            var grow = Math.Sqrt(minPixels / ((double)height * width));
            h = Math.Ceiling(height * grow / factor) * factor;
            w = Math.Ceiling(width * grow / factor) * factor;
        }
        return ((int)h, (int)w);
    }
}
