using System.Buffers.Binary;
using System.IO.Compression;
using BitMiracle.LibTiff.Classic;
using Crane.Core.Vision;
using SkiaSharp;

namespace Crane.Core.Tests.Vision;

public sealed class PictureFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-pictures").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void SavePng_ThenLoad_GivesTheSameBytes()
    {
        var (picture, path) = (Levels.Random(17, 9, seed: 1), Path.Combine(folder, "picture.png"));
        PictureFile.SavePng(picture, path);
        Levels.Assert("round trip", picture, PictureFile.Load(path), 0);
        Assert.Equal(["picture.png"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(255, 0, 10)]     // opaque: the background does not show
    [InlineData(0, 200, 200)]    // clear: only the background shows
    [InlineData(128, 255, 132)]  // (10 · 128 + 255 · 127) / 255, rounded
    public void Decode_Transparency_IsLaidOnTheBackground(byte alpha, byte background, byte expected)
    {
        var png = Png(1, 1, depth: 8, colour: 6, [10, 10, 10, alpha]);
        Assert.Equal([expected, expected, expected], PictureFile.Decode(png, "alpha.png", new() { Background = background }).Rgb);
    }

    [Fact]
    public void Decode_NoBackground_ShowsHiddenColours() =>
        Assert.Equal([10, 20, 30], PictureFile.Decode(Png(1, 1, depth: 8, colour: 6, [10, 20, 30, 0]), "alpha.png", new() { Background = null }).Rgb);

    /// <summary>Pillow clips 16-bit grey at 255 and would show 0x1234 and 0xFE01 as white; the high byte is the picture that was meant.</summary>
    [Fact]
    public void Decode_SixteenBitGrey_KeepsTheHighByte() =>
        Assert.Equal([0x12, 0x12, 0x12, 0xFE, 0xFE, 0xFE, 0, 0, 0],
            PictureFile.Decode(Png(3, 1, depth: 16, colour: 0, [0x12, 0x34, 0xFE, 0x01, 0x00, 0xC8]), "grey16.png").Rgb);

    public static TheoryData<string, byte[], string> Bad() => new()
    {
        { "nothing", [], "empty (0 bytes)" },
        { "text", "This is not a picture, only text."u8.ToArray(), "54686973" },
        { "png-signature-only", Png(4, 4, 8, 2, new byte[48])[..8], "cut off" },
        { "png-cut", Png(64, 64, 8, 2, Levels.Random(64, 64, 1).Rgb)[..3000], "cut off" },
        { "png-tail-cut", PictureFile.ToPng(Levels.Random(64, 64, 1))[..^40], "cut off" },
        { "jpeg-cut", Encoded(SKEncodedImageFormat.Jpeg)[..1500], "cut off" },
        { "webp-cut", Encoded(SKEncodedImageFormat.Webp)[..1500], "cut off" },
        { "tiff-cut", TiffOf(Levels.Random(64, 64, 1))[..3000], "cut off" },
        { "tiff-header-only", [.. "II*\0"u8, 8, 0, 0, 0], "cut off" },
        { "png-huge", [.. Header(60_000, 60_000), .. Chunk("IDAT"u8, new byte[64])], "60000 × 60000" },
        { "png-largest", Header(int.MaxValue, int.MaxValue), "png-largest" },
        { "png-no-width", Header(0, 5), "png-no-width" },
        { "tiff-huge", TiffHeader(60_000, 60_000), "60000 × 60000" },
    };

    [Theory, MemberData(nameof(Bad))]
    public void Load_BadFile_NamesTheFileAndWhatWasFound(string name, byte[] bytes, string found)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => PictureFile.Load(path));
        Assert.Contains(path, error.Message);
        Assert.Contains(found, error.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20, "A bad file must not cost more than 16 MiB.");
    }

    [Fact]
    public void Load_FolderOrNothing_IsNamed()
    {
        Assert.Contains("found a folder", Assert.Throws<InvalidDataException>(() => PictureFile.Load(folder)).Message);
        var missing = Path.Combine(folder, "missing.png");
        Assert.Contains(missing, Assert.Throws<FileNotFoundException>(() => PictureFile.Load(missing)).Message);
    }

    [Fact]
    public void Decode_LimitOnPixels_IsExact()
    {
        var png = PictureFile.ToPng(Levels.Random(10, 7, seed: 1));
        Assert.Equal(10, PictureFile.Decode(png, "p", new() { MaxPixels = 70 }).Width);
        Assert.Contains("limit of 69", Assert.Throws<InvalidDataException>(() => PictureFile.Decode(png, "p", new() { MaxPixels = 69 })).Message);
    }

    [Theory]
    [InlineData(Compression.NONE)]
    [InlineData(Compression.LZW)]
    [InlineData(Compression.ADOBE_DEFLATE)]
    [InlineData(Compression.PACKBITS)]
    public void Decode_Tiff_GivesTheSameBytes(Compression compression)
    {
        var picture = Levels.Random(20, 13, seed: 2);
        Levels.Assert("tiff", picture, PictureFile.Decode(TiffOf(picture, compression), "p.tiff"), 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_TurnedTiff_IsAlwaysUpright(bool upright)
    {
        var picture = Levels.Random(20, 13, seed: 2);
        var turned = PictureFile.Decode(TiffOf(picture, orientation: Orientation.RIGHTTOP), "p.tiff", new() { Upright = upright });
        Levels.Assert("tiff", PictureOps.Turn(picture, 6), turned, 0);
    }

    [Fact]
    public void Decode_SeveralThreads_GiveTheSame()
    {
        var (picture, good, bad) = (Levels.Random(20, 13, seed: 2), TiffOf(Levels.Random(20, 13, seed: 2)), TiffOf(Levels.Random(64, 64, 1))[..3000]);
        Parallel.For(0, 40, i =>
        {
            if (i % 2 == 0) Assert.Equal(picture.Rgb, PictureFile.Decode(good, "good").Rgb);
            else Assert.Contains("bad", Assert.Throws<InvalidDataException>(() => PictureFile.Decode(bad, "bad")).Message);
        });
    }

    private static byte[] Encoded(SKEncodedImageFormat format)
    {
        using var bitmap = SKBitmap.Decode(PictureFile.ToPng(Levels.Random(64, 64, seed: 1)));
        return bitmap.Encode(format, 90).ToArray();
    }

    /// <summary>A PNG written by hand, so that the depth, the colour kind and the declared size are the test's.</summary>
    private static byte[] Png(int width, int height, byte depth, byte colour, byte[] samples)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
            foreach (var line in samples.Chunk(samples.Length / height)) zlib.Write([0, .. line]);
        return [.. Header(width, height, depth, colour), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Header(int width, int height, byte depth = 8, byte colour = 2)
    {
        var sizes = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(sizes, width);
        BinaryPrimitives.WriteInt32BigEndian(sizes.AsSpan(4), height);
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR"u8, [.. sizes, depth, colour, 0, 0, 0])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> kind, byte[] data)
    {
        byte[] body = [.. kind, .. data];
        var (length, check) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(check, Crc32(body));
        return [.. length, .. body, .. check];
    }

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }

    private static byte[] TiffOf(Picture picture, Compression compression = Compression.LZW, Orientation orientation = Orientation.TOPLEFT) =>
        WriteTiff(picture.Width, picture.Height, compression, orientation, tiff =>
        {
            for (var y = 0; y < picture.Height; y++) tiff.WriteScanline(picture.Rgb.AsSpan(3 * y * picture.Width, 3 * picture.Width).ToArray(), y);
        });

    /// <summary>A TIFF that declares a size and holds one row.</summary>
    private static byte[] TiffHeader(int width, int height) =>
        WriteTiff(width, height, Compression.NONE, Orientation.TOPLEFT, tiff => tiff.WriteScanline(new byte[3 * width], 0));

    private static byte[] WriteTiff(int width, int height, Compression compression, Orientation orientation, Action<Tiff> write)
    {
        var stream = new MemoryStream();
        using (var tiff = Tiff.ClientOpen("test", "w", stream, new TiffStream()))
        {
            foreach (var (tag, value) in new (TiffTag, object)[]
                     {
                         (TiffTag.IMAGEWIDTH, width), (TiffTag.IMAGELENGTH, height), (TiffTag.SAMPLESPERPIXEL, 3), (TiffTag.BITSPERSAMPLE, 8),
                         (TiffTag.ROWSPERSTRIP, 1),
                         (TiffTag.ORIENTATION, orientation), (TiffTag.PHOTOMETRIC, Photometric.RGB), (TiffTag.PLANARCONFIG, PlanarConfig.CONTIG),
                         (TiffTag.COMPRESSION, compression),
                     })
                tiff.SetField(tag, value);
            write(tiff);
            tiff.Flush();
            return stream.ToArray();
        }
    }
}
