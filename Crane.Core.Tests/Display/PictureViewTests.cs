using Crane.Core.Display;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Display;

public class PictureViewTests
{
    [Fact]
    public void Picture_Tiny_IsEnlargedPixelByPixel()
    {
        var shown = PictureFile.Decode(Show.Picture(Samples.Tiny).Png!, "view");
        Assert.Equal((320, 240), (shown.Width, shown.Height));
        foreach (var (x, y) in new[] { (0, 0), (63, 47), (17, 30) })
            for (var corner = 0; corner < 25; corner += 24)
                Assert.Equal(Pixel(Samples.Tiny, x, y), Pixel(shown, 5 * x + corner % 5, 5 * y + corner / 5));
    }

    [Fact]
    public void Picture_Large_KeepsItsPixels()
    {
        var large = new Picture(900, 10, new byte[3 * 9000]);
        Assert.Equal(900, PictureFile.Decode(Show.Picture(large).Png!, "view").Width);
        Assert.Contains("width=\"760\"", Show.Picture(large).Html);
    }

    [Fact]
    public void Overlay_Weights_BrightenTheirPlace()
    {
        var black = new Picture(40, 40, new byte[4800]);
        var shown = PictureFile.Decode(Show.Overlay(black, new float[,] { { 0, 0 }, { 0, 3 } }).Png!, "view");
        int Light(int x, int y) { var (r, g, b) = Pixel(shown, x, y); return r + g + b; }
        Assert.True(Light(300, 300) > 3 * Light(20, 20));
        Assert.Equal(Light(20, 20), Light(300, 20));
        Assert.Equal(Enumerable.Repeat((byte)0, 4800), black.Rgb);
    }

    [Fact]
    public void Overlay_WeightsFinerThanThePicture_AreRefused() =>
        Assert.Contains("[50, 2]", Assert.Throws<ArgumentException>(() => Show.Overlay(Samples.Tiny, new float[50, 2])).Message);

    [Fact]
    public void Patches_Lines_StandAtPatchBordersAndThePictureIsUntouched()
    {
        var picture = new Picture(32, 32, new byte[3072]);
        var view = Show.Patches(picture, patchSize: 4, mergeSize: 2);
        var shown = PictureFile.Decode(view.Png!, "view");
        var factor = shown.Width / 32;
        Assert.Equal(((byte)255, (byte)255, (byte)255), Pixel(shown, 4 * factor, 2 * factor));
        Assert.Equal(((byte)230, (byte)159, (byte)0), Pixel(shown, 8 * factor, 2 * factor));
        Assert.Equal(((byte)0, (byte)0, (byte)0), Pixel(shown, 6 * factor, 2 * factor));
        Assert.Contains("8 × 8 = 64 patches of 4 × 4 pixels; 2 × 2 of them make a token: 4 × 4 = 16 tokens", view.Text);
        Assert.All(picture.Rgb, v => Assert.Equal(0, v));
    }

    [Fact]
    public void Patches_SidesThatDoNotDivide_AreRefused() =>
        Assert.Contains("64 × 48 does not divide into tokens of 10 × 10", Assert.Throws<ArgumentException>(() => Show.Patches(Samples.Tiny, 5, 2)).Message);

    [Fact]
    public void Grid_Columns_LayTheSheetOut()
    {
        var one = PictureFile.Decode(Show.Grid([(Samples.Tiny, "a"), (Samples.Tiny, "b"), (Samples.Tiny, "c")], columns: 3).Png!, "view");
        var three = PictureFile.Decode(Show.Grid([(Samples.Tiny, "a"), (Samples.Tiny, "b"), (Samples.Tiny, "c")], columns: 1).Png!, "view");
        Assert.True(one.Width > 2 * one.Height);
        Assert.True(three.Height > 2 * three.Width);
        Assert.Contains("no pictures", Show.Grid([]).Text);
    }

    [Theory]
    [InlineData(0, 68, 1, 84)]
    [InlineData(0.5, 33, 144, 141)]
    [InlineData(1, 253, 231, 37)]
    [InlineData(7, 253, 231, 37)]
    [InlineData(double.NaN, 128, 128, 128)]
    public void Viridis_Value_HasItsColour(double value, byte r, byte g, byte b) => Assert.Equal((r, g, b), Viridis.At(value));

    private static (byte R, byte G, byte B) Pixel(Picture picture, int x, int y)
    {
        var at = 3 * (y * picture.Width + x);
        return (picture.Rgb[at], picture.Rgb[at + 1], picture.Rgb[at + 2]);
    }
}
