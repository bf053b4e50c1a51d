using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

public class AugmentationTests
{
    private static readonly Picture Source = PillowResize.Bicubic(Levels.Random(8, 6, seed: 7), 96, 72);   // smooth, as pictures are

    [Fact]
    public void Apply_SameSeed_GivesTheSameAndAnotherSeedDoesNot()
    {
        Picture With(int seed) => Augmentation.Apply(Source, 64, 48, new Random(seed));
        Assert.Equal((64, 48), (With(1).Width, With(1).Height));
        Levels.Assert("seed 1", With(1), With(1), 0);
        Assert.True(Levels.MeanDifference(With(1), With(2)) > 1);
    }

    [Fact]
    public void Apply_DefaultStrength_VariesThePictureButKeepsIt()
    {
        var (plain, other) = (PillowResize.Bicubic(Source, 64, 48), PillowResize.Bicubic(Levels.Random(8, 6, seed: 8), 64, 48));
        var random = new Random(3);
        var near = Enumerable.Range(0, 20).Average(_ => Levels.MeanDifference(plain, Augmentation.Apply(Source, 64, 48, random)));
        Assert.InRange(near, 3, 0.7 * Levels.MeanDifference(plain, other));
    }

    [Fact]
    public void Apply_NoVariation_IsTheResize()
    {
        var none = new AugmentationOptions { MinCrop = 1, Jitter = 0, Noise = 0 };
        Levels.Assert("none", PillowResize.Bicubic(Source, 64, 48), Augmentation.Apply(Source, 64, 48, new Random(1), none), 0);
    }

    [Fact]
    public void Noise_GrowingStrength_LosesThePictureStepByStep()
    {
        var likeness = new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(strength => Correlation(Source, Augmentation.Noise(Source, new Random(1), strength))).ToArray();
        Assert.Equal(likeness.OrderDescending(), likeness);
        Assert.True(likeness[0] > 0.999, $"strength 0 is the picture, correlation {likeness[0]}");
        Assert.InRange(likeness[^1], -0.05, 0.05);
    }

    [Fact]
    public void Blur_GrowingFactor_LosesDetailStepByStep()
    {
        var sharp = Levels.Random(60, 40, seed: 9);
        var likeness = new[] { 1, 1.5, 3, 8.0 }.Select(factor => Correlation(sharp, Augmentation.Blur(sharp, factor))).ToArray();
        Assert.Equal(likeness.OrderDescending(), likeness);
        Assert.Equal(1, likeness[0], 1e-9);
        Assert.True(likeness[^1] < 0.4);
        Assert.Throws<ArgumentOutOfRangeException>(() => Augmentation.Blur(sharp, 0.9));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void Occlude_Share_CoversThatMuch(double share)
    {
        var white = Levels.Plain(100, 60, 255, 255, 255);
        var covered = Augmentation.Occlude(white, new Random(2), share);
        Assert.Equal(share, covered.Rgb.Count(level => level == 128) / (double)covered.Rgb.Length, 0.01);
        Assert.Equal(1 - share, covered.Rgb.Count(level => level == 255) / (double)covered.Rgb.Length, 0.01);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Occlude_NotAShare_IsRefused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Augmentation.Occlude(Source, new Random(1), share));

    private static double Correlation(Picture a, Picture b)
    {
        var (meanA, meanB) = (a.Rgb.Average(x => x), b.Rgb.Average(x => x));
        var (up, left, right) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Rgb.Length; i++)
        {
            var (x, y) = (a.Rgb[i] - meanA, b.Rgb[i] - meanB);
            (up, left, right) = (up + x * y, left + x * x, right + y * y);
        }
        return up / Math.Sqrt(left * right);
    }
}
