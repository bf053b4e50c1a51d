using System.Globalization;
using BitMiracle.LibTiff.Classic;

namespace Crane.Core.Vision;

/// <summary>Decodes the first page of a TIFF file.</summary>
internal static class TiffFile
{
    static TiffFile() => Tiff.SetErrorHandler(new Messages());

    /// <summary>Whether the bytes start as a TIFF file does, in either byte order, classic or big.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) => bytes.Length >= 4 && bytes[..4] switch
    {
        [(byte)'I', (byte)'I', 42 or 43, 0] or [(byte)'M', (byte)'M', 0, 42 or 43] => true,
        _ => false,
    };

    /// <summary>Straight RGBA, row by row as stored, and the orientation tag, 1 to 8.</summary>
    /// <exception cref="InvalidDataException">Damaged, cut off, too large, or of a layout that cannot be shown as RGB.</exception>
    public static (int Width, int Height, byte[] Rgba, int Orientation) Decode(byte[] bytes, string name, long maxPixels)
    {
        Messages.First = "";
        using var tiff = Tiff.ClientOpen(name, "r", new MemoryStream(bytes, writable: false), new TiffStream())
            ?? throw new InvalidDataException($"{name}: the TIFF data is damaged or cut off at {bytes.Length} bytes. {Messages.First}");
        var (width, height) = (Number(tiff, TiffTag.IMAGEWIDTH, 0), Number(tiff, TiffTag.IMAGELENGTH, 0));
        PictureFile.CheckSize(name, width, height, maxPixels);
        var orientation = Number(tiff, TiffTag.ORIENTATION, 1);
        tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);   // rows as stored; the caller turns them
        var raster = new int[width * height];
        if (!tiff.ReadRGBAImageOriented(width, height, raster, Orientation.TOPLEFT, stopOnError: true))
            throw new InvalidDataException($"{name}: the TIFF data of {width} × {height} pixels is damaged, cut off or of a layout that is not read. {Messages.First}");
        return (width, height, Straight(raster), orientation);
    }

    private static int Number(Tiff tiff, TiffTag tag, int otherwise) => tiff.GetField(tag) is [var value, ..] ? value.ToInt() : otherwise;

    /// <summary>The library multiplies colours by their alpha; this divides them again.</summary>
    private static byte[] Straight(int[] raster)
    {
        var rgba = new byte[4 * raster.Length];
        for (int i = 0, j = 0; i < raster.Length; i++, j += 4)
        {
            var (pixel, alpha) = (raster[i], Tiff.GetA(raster[i]));
            byte Divide(int value) => alpha is 0 or 255 ? (byte)value : (byte)Math.Min(255, (value * 255 + alpha / 2) / alpha);
            (rgba[j], rgba[j + 1], rgba[j + 2], rgba[j + 3]) = (Divide(Tiff.GetR(pixel)), Divide(Tiff.GetG(pixel)), Divide(Tiff.GetB(pixel)), (byte)alpha);
        }
        return rgba;
    }

    /// <summary>Keeps a thread's first complaint, which the library would print; the library has one handler for the whole process.</summary>
    private sealed class Messages : TiffErrorHandler
    {
        [ThreadStatic] public static string? First;

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args) =>
            First = First is { Length: > 0 } ? First : $"{method}: {string.Format(CultureInfo.InvariantCulture, format, args)}.";

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args) { }
    }
}
