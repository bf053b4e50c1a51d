using SkiaSharp;

namespace Crane.Core.Vision;

/// <summary>How a file becomes a picture.</summary>
public sealed record PictureOptions
{
    /// <summary>Grey level, 0 to 255, that shows through transparent places. White is what Hugging Face's image processors lay a picture on.</summary>
    public byte Background { get; init; } = 255;

    /// <summary>Most pixels that are decoded; more is refused before any memory is taken.</summary>
    public long MaxPixels { get; init; } = 100_000_000;
}

/// <summary>Decodes PNG, JPEG, WebP, GIF (first frame) and BMP, and writes PNG.</summary>
public static class PictureFile
{
    /// <summary>Reads a picture file.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">It is empty, cut off, too large, or not a picture of a known kind; the message names it.</exception>
    public static Picture Load(string path, PictureOptions? options = null)
    {
        if (Directory.Exists(path)) throw new InvalidDataException($"{path}: expected a picture file, found a folder.");
        return Decode(File.ReadAllBytes(path), path, options);
    }

    /// <summary>Decodes the bytes of a picture file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Named in errors.</param>
    /// <param name="options">Background and limit; null: the defaults.</param>
    /// <exception cref="InvalidDataException">See <see cref="Load"/>.</exception>
    public static Picture Decode(byte[] bytes, string name, PictureOptions? options = null)
    {
        options ??= new();
        if (bytes.Length == 0) throw new InvalidDataException($"{name}: the file is empty (0 bytes), expected a picture.");
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data)
            ?? throw new InvalidDataException($"{name}: not a picture of a known kind (PNG, JPEG, WebP, GIF, BMP); it starts with {Convert.ToHexString(bytes.AsSpan(0, Math.Min(8, bytes.Length)))}.");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > options.MaxPixels)
            throw new InvalidDataException($"{name}: declares {width} × {height} pixels, more than the limit of {options.MaxPixels} (PictureOptions.MaxPixels).");
        var rgba = new byte[4L * width * height];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* start = rgba)
                result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul), (nint)start);
        }
        if (result is not SKCodecResult.Success) throw new InvalidDataException($"{name}: the {codec.EncodedFormat} data is damaged or cut off ({result}).");
        return new Picture(width, height, Flatten(rgba, options.Background));
    }

    /// <summary>The picture as a PNG file.</summary>
    public static byte[] ToPng(Picture picture)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (int i = 0, j = 0; j < picture.Rgb.Length; i += 4, j += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (picture.Rgb[j], picture.Rgb[j + 1], picture.Rgb[j + 2], 255);
        using var image = SKImage.FromBitmap(bitmap);
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>Lays RGBA on an opaque grey with Pillow's integer rounding (<c>alpha_composite</c>).</summary>
    private static byte[] Flatten(byte[] rgba, byte background)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int i = 0, j = 0; i < rgba.Length; i += 4, j += 3)
        {
            var (over, under) = (rgba[i + 3] * 128, (255 - rgba[i + 3]) * 128);
            for (var channel = 0; channel < 3; channel++)
            {
                var sum = rgba[i + channel] * over + background * under + (0x80 << 7);
                rgb[j + channel] = (byte)(((sum >> 8) + sum) >> 8 >> 7);
            }
        }
        return rgb;
    }
}
