namespace Crane.Core.Vision;

/// <summary>How strongly a training picture is varied.</summary>
public sealed record AugmentationOptions
{
    /// <summary>Smallest share of each side that a random crop keeps, in (0, 1].</summary>
    public double MinCrop { get; init; } = 0.82;

    /// <summary>Largest relative change of brightness and contrast, and of each colour.</summary>
    public double Jitter { get; init; } = 0.12;

    /// <summary>Largest standard deviation of the added noise, in levels of 255.</summary>
    public double Noise { get; init; } = 10;
}

/// <summary>Varies and degrades pictures; everything follows from the generator that is passed in.</summary>
public static class Augmentation
{
    /// <summary>A random crop, resized, with other colours and some noise.</summary>
    /// <param name="picture">The source.</param>
    /// <param name="width">Width of the result in pixels.</param>
    /// <param name="height">Height of the result in pixels.</param>
    /// <param name="random">Source of all choices.</param>
    /// <param name="options">Strength; null: the defaults.</param>
    public static Picture Apply(Picture picture, int width, int height, Random random, AugmentationOptions? options = null)
    {
        options ??= new();
        double Share() => options.MinCrop + (1 - options.MinCrop) * random.NextDouble();
        var (cropWidth, cropHeight) = (Math.Max(1, (int)(picture.Width * Share())), Math.Max(1, (int)(picture.Height * Share())));
        var crop = PictureOps.Crop(picture, random.Next(picture.Width - cropWidth + 1), random.Next(picture.Height - cropHeight + 1), cropWidth, cropHeight);
        var small = PillowResize.Bicubic(crop, width, height);
        double Near() => 1 + options.Jitter * (2 * random.NextDouble() - 1);
        var (contrast, brightness) = (Near(), 255 * (Near() - 1) / 2);
        var gain = new[] { contrast * Near(), contrast * Near(), contrast * Near() };
        return Map(small, random, options.Noise * random.NextDouble(), (level, channel) => (level - 128) * gain[channel] + 128 + brightness);
    }

    /// <summary>Noise that hides the picture: a mixture of the picture and independent levels.</summary>
    /// <param name="picture">The source.</param>
    /// <param name="random">Source of the noise.</param>
    /// <param name="strength">0 leaves the picture as it is, 1 leaves nothing of it.</param>
    public static Picture Noise(Picture picture, Random random, double strength) =>
        Map(picture, random, 90 * strength, (level, _) => (1 - strength) * level + strength * 128);

    /// <summary>Takes fine detail away: shrinks the picture and enlarges it again.</summary>
    /// <param name="picture">The source.</param>
    /// <param name="factor">How many times smaller it is made; 1 leaves it as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is below 1.</exception>
    public static Picture Blur(Picture picture, double factor)
    {
        if (factor is not >= 1) throw new ArgumentOutOfRangeException(nameof(factor), $"A blur factor is at least 1, found {factor}.");
        var small = PillowResize.Bicubic(picture, Math.Max(1, (int)(picture.Width / factor)), Math.Max(1, (int)(picture.Height / factor)));
        return PillowResize.Bicubic(small, picture.Width, picture.Height);
    }

    /// <summary>Covers a rectangle of the picture's own aspect, at a random place, with neutral grey.</summary>
    /// <param name="picture">The source.</param>
    /// <param name="random">Source of the place.</param>
    /// <param name="share">Share of the area that is covered, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in 0..1.</exception>
    public static Picture Occlude(Picture picture, Random random, double share)
    {
        if (share is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), $"A share is between 0 and 1, found {share}.");
        var (width, height) = ((int)Math.Round(picture.Width * Math.Sqrt(share)), (int)Math.Round(picture.Height * Math.Sqrt(share)));
        var (left, top, rgb) = (random.Next(picture.Width - width + 1), random.Next(picture.Height - height + 1), (byte[])picture.Rgb.Clone());
        for (var y = top; y < top + height; y++) rgb.AsSpan(3 * (y * picture.Width + left), 3 * width).Fill(128);
        return new Picture(picture.Width, picture.Height, rgb);
    }

    private static Picture Map(Picture picture, Random random, double deviation, Func<byte, int, double> change)
    {
        var rgb = new byte[picture.Rgb.Length];
        for (var i = 0; i < rgb.Length; i++) rgb[i] = (byte)Math.Clamp(change(picture.Rgb[i], i % 3) + deviation * Gaussian(random) + 0.5, 0, 255);
        return new Picture(picture.Width, picture.Height, rgb);
    }

    /// <summary>Nearly normal: the sum of three uniform numbers, scaled to variance 1.</summary>
    private static double Gaussian(Random random) => 2 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
}
