namespace Crane.Core.Vision;

/// <summary>A decoded picture: 8-bit RGB, row by row from the top left.</summary>
public sealed class Picture
{
    /// <summary>Wraps pixel bytes without copying them.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="rgb">Bytes <c>[height, width, 3]</c>.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the bytes.</exception>
    public Picture(int width, int height, byte[] rgb)
    {
        if (width < 1 || height < 1 || rgb.LongLength != 3L * width * height)
            throw new ArgumentException($"A picture of {width} × {height} needs {3L * width * height} bytes of RGB, found {rgb.LongLength}.", nameof(rgb));
        (Width, Height, Rgb) = (width, height, rgb);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Bytes <c>[height, width, 3]</c>.</summary>
    public byte[] Rgb { get; }
}
