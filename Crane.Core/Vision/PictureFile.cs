using SkiaSharp;

namespace Crane.Core.Vision;

/// <summary>Decodes PNG, JPEG, WebP, GIF, BMP (Skia) and TIFF files, animations at their first frame; writes PNG.</summary>
/// <remarks>A 16-bit channel keeps its high byte; Pillow instead clips 16-bit grey at 255, which turns an ordinary picture white.</remarks>
public static class PictureFile
{
    private const string Kinds = "PNG, JPEG, WebP, GIF, BMP or TIFF";

    /// <summary>Reads a picture file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Background, orientation and limit; null: the defaults.</param>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, empty, cut off, too large, or not a picture of a known kind; the message names it.</exception>
    public static Picture Load(string path, PictureOptions? options = null)
    {
        if (Directory.Exists(path)) throw new InvalidDataException($"{path}: expected a picture file ({Kinds}), found a folder.");
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: expected a picture file ({Kinds}), found nothing of this name.", path);
        return Decode(File.ReadAllBytes(path), path, options);
    }

    /// <summary>Decodes the bytes of a picture file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Named in errors.</param>
    /// <param name="options">Background, orientation and limit; null: the defaults.</param>
    /// <exception cref="InvalidDataException">See <see cref="Load"/>.</exception>
    public static Picture Decode(byte[] bytes, string name, PictureOptions? options = null)
    {
        options ??= new();
        if (bytes.Length == 0) throw new InvalidDataException($"{name}: the file is empty (0 bytes), expected a picture ({Kinds}).");
        var (width, height, rgba, orientation) = TiffFile.Is(bytes) ? TiffFile.Decode(bytes, name, options.MaxPixels)
            : DecodeBySkia(bytes, name, options.MaxPixels);
        var picture = new Picture(width, height, Flatten(rgba, options.Background));
        return options.Upright || TiffFile.Is(bytes) ? PictureOps.Turn(picture, orientation) : picture;   // a TIFF's orientation is part of its layout
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

    /// <summary>Writes the picture as a PNG file; the file appears whole or not at all.</summary>
    public static void SavePng(Picture picture, string path) => AtomicFile.WriteAllBytes(path, ToPng(picture));

    /// <summary>Refuses a size before its memory is taken.</summary>
    /// <exception cref="InvalidDataException">It has no pixel, or more than the limit.</exception>
    internal static void CheckSize(string name, long width, long height, long maxPixels)
    {
        if (width < 1 || height < 1) throw new InvalidDataException($"{name}: declares {width} × {height} pixels, expected at least 1 × 1.");
        var limit = Math.Min(maxPixels, Array.MaxLength / 4);   // RGBA must fit one array
        if (width > limit / height)
            throw new InvalidDataException($"{name}: declares {width} × {height} pixels, more than the limit of {limit} (PictureOptions.MaxPixels); scale it down first.");
    }

    private static (int Width, int Height, byte[] Rgba, int Orientation) DecodeBySkia(byte[] bytes, string name, long maxPixels)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(bytes), out var opened);   // owns the stream
        if (codec is null)
            throw new InvalidDataException(opened is SKCodecResult.IncompleteInput ? $"{name}: the file is cut off within its header, at {bytes.Length} bytes."
                : $"{name}: expected a picture ({Kinds}), found {bytes.Length} bytes that start with {Convert.ToHexString(bytes.AsSpan(0, Math.Min(8, bytes.Length)))} ({opened}).");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        CheckSize(name, width, height, maxPixels);
        var rgba = new byte[4 * width * height];
        var result = GetPixels(codec, new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul), rgba);
        if (result is not SKCodecResult.Success)
            throw new InvalidDataException($"{name}: the {codec.EncodedFormat} data of {width} × {height} pixels is damaged or cut off at {bytes.Length} bytes ({result}).");
        return (width, height, rgba, (int)codec.EncodedOrigin);
    }

    private static unsafe SKCodecResult GetPixels(SKCodec codec, SKImageInfo info, byte[] rgba)
    {
        fixed (byte* start = rgba) return codec.GetPixels(info, (nint)start);
    }

    /// <summary>Lays RGBA on an opaque grey with Pillow's integer rounding (<c>alpha_composite</c>); null: only drops the alpha channel.</summary>
    private static byte[] Flatten(byte[] rgba, byte? background)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int i = 0, j = 0; i < rgba.Length; i += 4, j += 3)
        {
            var alpha = background is null ? 255 : rgba[i + 3];
            var (over, under) = (alpha * 128, (255 - alpha) * 128);
            for (var channel = 0; channel < 3; channel++)
            {
                var sum = rgba[i + channel] * over + background.GetValueOrDefault() * under + (0x80 << 7);
                rgb[j + channel] = (byte)(((sum >> 8) + sum) >> 8 >> 7);
            }
        }
        return rgb;
    }
}
