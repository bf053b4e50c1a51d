using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

public class ImageProcessorTests
{
    private static readonly ImageProcessorConfig Small = new() { PatchSize = 4, MinPixels = 16 * 16, MaxPixels = 64 * 64, ImageMean = [0.48f, 0.46f, 0.41f],
        ImageStd = [0.27f, 0.26f, 0.28f] };

    /// <summary>Where a value lies, written out by the definition; numbers of the picture name their place.</summary>
    [Fact]
    public void Cut_NumberedPicture_FollowsTheDocumentedOrder()
    {
        var config = new ImageProcessorConfig { PatchSize = 2, MergeSize = 2, TemporalPatchSize = 2, ImageMean = [0, 0, 0], ImageStd = [1, 1, 1],
            RescaleFactor = 1 };
        var picture = new Picture(8, 4, [.. Enumerable.Range(0, 96).Select(i => (byte)i)]);   // level = 3 · (8 · row + column) + channel
        var input = new ImageProcessor(config).Cut(picture);
        Assert.Equal(new GridThw(1, 2, 4), input.Grid);
        Assert.Equal(2, input.Grid.Tokens(mergeSize: 2));
        var at = 0;
        foreach (var (row, column) in new[] { (0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3) })
            for (var channel = 0; channel < 3; channel++)
                for (var frame = 0; frame < 2; frame++)
                    for (var y = 0; y < 2; y++)
                        for (var x = 0; x < 2; x++)
                            Assert.Equal(3 * (8 * (2 * row + y) + 2 * column + x) + channel, input.PixelValues[at++]);
        Assert.Equal(input.PixelValues.Length, at);
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(40, 24)]
    [InlineData(333, 57)]
    public void ToPicture_OfProcess_IsTheResizedPicture(int width, int height)
    {
        var (processor, picture) = (new ImageProcessor(Small), Levels.Random(width, height, seed: 10));
        Levels.Assert("inverse", processor.Resize(picture), processor.ToPicture(processor.Process(picture)), 0);
    }

    [Fact]
    public void ToPictures_OfAVideo_AreItsFrames()
    {
        var processor = new ImageProcessor(Small);
        Picture[] frames = [.. Enumerable.Range(0, 3).Select(i => Levels.Random(24, 16, seed: i))];
        var input = processor.ProcessVideo(frames);
        Assert.Equal(new GridThw(2, 4, 6), input.Grid);
        var back = processor.ToPictures(input);
        Assert.Equal(4, back.Count);
        foreach (var (i, frame) in new[] { (0, 0), (1, 1), (2, 2), (3, 2) })   // an odd number of frames repeats the last
            Levels.Assert($"frame {i}", frames[frame], back[i], 0);
    }

    [Fact]
    public void ToPicture_ValuesOutOfRange_AreClamped()
    {
        var processor = new ImageProcessor(Small);
        var input = processor.Cut(Levels.Plain(16, 16, 0, 0, 0));
        Assert.All(processor.ToPicture(input with { PixelValues = [.. input.PixelValues.Select(_ => 99f)] }).Rgb, level => Assert.Equal(255, level));
    }

    [Fact]
    public void BadInput_IsNamed()
    {
        var processor = new ImageProcessor(Small);
        Assert.Contains("multiples of 8, found 17 × 16", Assert.Throws<ArgumentException>(() => processor.Cut(Levels.Random(17, 16, 1))).Message);
        Assert.Contains("needs 1536 values, found 5",
            Assert.Throws<ArgumentException>(() => processor.ToPicture(new VisionInput(new float[5], new GridThw(1, 4, 4)))).Message);
        Assert.Contains("at least one frame", Assert.Throws<ArgumentException>(() => processor.ProcessVideo([])).Message);
        Assert.Contains("found 8 × 8 and 8 × 9",
            Assert.Throws<ArgumentException>(() => processor.ProcessVideo([Levels.Random(8, 8, 1), Levels.Random(8, 9, 1)])).Message);
        Assert.Contains("must be smaller than 200", Assert.Throws<ArgumentException>(() => processor.Process(Levels.Random(402, 2, 1))).Message);
    }
}
