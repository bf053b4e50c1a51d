using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

/// <summary>Properties of the filter; equality with Pillow is in <see cref="ImageProcessorParityTests"/>.</summary>
public class PillowResizeTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(31, 20)]
    public void Bicubic_SameSize_IsTheIdentity(int width, int height)
    {
        var picture = Levels.Random(width, height, seed: 4);
        Levels.Assert("identity", picture, PillowResize.Bicubic(picture, width, height), 0);
    }

    [Theory]
    [InlineData(64, 48)]
    [InlineData(5, 300)]
    [InlineData(1, 1)]
    public void Bicubic_PlainColour_StaysPlain(int width, int height) =>
        Levels.Assert("plain", Levels.Plain(width, height, 7, 130, 251), PillowResize.Bicubic(Levels.Plain(40, 30, 7, 130, 251), width, height), 0);

    [Fact]
    public void Bicubic_MirroredPicture_GivesTheMirroredResult()
    {
        var picture = Levels.Random(57, 33, seed: 5);
        var (mirrored, plain) = (PillowResize.Bicubic(PictureOps.Turn(picture, 3), 20, 12), PillowResize.Bicubic(picture, 20, 12));
        Levels.Assert("mirror", PictureOps.Turn(plain, 3), mirrored, 1);
        Assert.True(Levels.MeanDifference(plain, mirrored) > 5, "the control: an unturned picture differs");
    }

    /// <summary>One output pixel by the definition: the weights of all pixels in reach, in floating point.</summary>
    [Theory]
    [InlineData(40, 10)]
    [InlineData(10, 25)]
    public void Bicubic_Row_EqualsTheDefinition(int from, int to)
    {
        var picture = Levels.Random(from, 1, seed: 6);
        var resized = PillowResize.Bicubic(picture, to, 1);
        var scale = (double)from / to;
        for (var x = 0; x < to; x++)
        {
            var weights = Enumerable.Range(0, from).Select(i => Cubic((i + 0.5 - (x + 0.5) * scale) / Math.Max(1, scale))).ToArray();
            var expected = Math.Clamp(Enumerable.Range(0, from).Sum(i => weights[i] * picture.Rgb[3 * i]) / weights.Sum(), 0, 255);
            Assert.InRange(resized.Rgb[3 * x], expected - 0.51, expected + 0.51);
        }
    }

    /// <summary>Rounding and clipping between the passes make their order visible: two calls with one pass each show which came first.</summary>
    [Theory]
    [InlineData(50, 20, true)]    // the height shrinks, the width grows
    [InlineData(35, 8, true)]     // the height shrinks four times more
    [InlineData(20, 15, false)]   // both shrink, the height a little more
    [InlineData(20, 60, false)]
    [InlineData(60, 60, false)]
    public void Bicubic_Order_IsPillows(int width, int height, bool heightFirst)
    {
        var picture = Levels.Random(40, 40, seed: 11);
        var rowsFirst = PillowResize.Bicubic(PillowResize.Bicubic(picture, 40, height), width, height);
        var columnsFirst = PillowResize.Bicubic(PillowResize.Bicubic(picture, width, 40), width, height);
        Assert.NotEqual(rowsFirst.Rgb, columnsFirst.Rgb);
        Assert.Equal((heightFirst ? rowsFirst : columnsFirst).Rgb, PillowResize.Bicubic(picture, width, height).Rgb);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, -1)]
    public void Bicubic_NoPixel_IsRefused(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PillowResize.Bicubic(Levels.Random(4, 4, 1), width, height));

    private static double Cubic(double x) => Math.Abs(x) switch
    {
        < 1 and var a => 1.5 * a * a * a - 2.5 * a * a + 1,
        < 2 and var a => -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2,
        _ => 0,
    };
}
