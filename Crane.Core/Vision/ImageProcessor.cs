namespace Crane.Core.Vision;

/// <summary>Makes patches of pictures as Hugging Face's <c>Qwen2VLImageProcessor</c>: smart resize, bicubic, scale, normalise, cut, in merge order.</summary>
/// <remarks>Safe for several threads.</remarks>
public sealed class ImageProcessor(ImageProcessorConfig config)
{
    private readonly float[][] normalised = Normalised(config);

    /// <summary>The settings.</summary>
    public ImageProcessorConfig Config => config;

    /// <summary>Resizes and cuts a still picture; it fills all frames of a patch.</summary>
    /// <exception cref="ArgumentException">One side is more than 200 times the other.</exception>
    public VisionInput Process(Picture picture) => Cut(Resize(picture));

    /// <summary>Resizes and cuts a video whose frames have one size; the last frame is repeated to fill a patch.</summary>
    /// <exception cref="ArgumentException">No frame, or frames of different sizes.</exception>
    public VisionInput ProcessVideo(IReadOnlyList<Picture> frames)
    {
        if (frames.Count == 0) throw new ArgumentException("A video needs at least one frame, found none.", nameof(frames));
        if (frames.FirstOrDefault(f => f.Width != frames[0].Width || f.Height != frames[0].Height) is { } other)
            throw new ArgumentException($"The frames of a video must have one size, found {frames[0].Width} × {frames[0].Height} and {other.Width} × {other.Height}.", nameof(frames));
        var resized = frames.Select(Resize).ToList();
        while (resized.Count % config.TemporalPatchSize != 0) resized.Add(resized[^1]);
        return Patches(resized);
    }

    /// <summary>The picture at the size the model sees.</summary>
    /// <exception cref="ArgumentException">One side is more than 200 times the other.</exception>
    public Picture Resize(Picture picture)
    {
        var (height, width) = SmartResize.Of(picture.Height, picture.Width, config.Factor, config.MinPixels, config.MaxPixels);
        return PillowResize.Bicubic(picture, width, height);
    }

    /// <summary>Cuts a still picture that already has the size the model sees.</summary>
    /// <exception cref="ArgumentException">A side is not a multiple of <see cref="ImageProcessorConfig.Factor"/>.</exception>
    public VisionInput Cut(Picture resized)
    {
        if (resized.Width % config.Factor != 0 || resized.Height % config.Factor != 0)
            throw new ArgumentException($"Both sides must be multiples of {config.Factor}, found {resized.Width} × {resized.Height}; Resize makes them so.",
                nameof(resized));
        return Patches([.. Enumerable.Repeat(resized, config.TemporalPatchSize)]);
    }

    /// <summary>The first frame of an input, put together again from its patches.</summary>
    /// <exception cref="ArgumentException">The number of values does not fit the grid and these settings.</exception>
    public Picture ToPicture(VisionInput input) => ToPictures(input)[0];

    /// <summary>All frames of an input, put together again: what <see cref="Cut"/> cut, or within a level of it.</summary>
    /// <param name="input">Patches made with these settings; values may have been changed since and are clamped to 0..255 levels.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the grid and these settings.</exception>
    public IReadOnlyList<Picture> ToPictures(VisionInput input)
    {
        var (side, depth, grid) = (config.PatchSize, config.TemporalPatchSize, input.Grid);
        var expected = (long)grid.Patches * 3 * depth * side * side;
        if (input.PixelValues.LongLength != expected)
            throw new ArgumentException($"{grid} with patches of {side} × {side} × {depth} needs {expected} values, found {input.PixelValues.LongLength}.",
                nameof(input));
        Picture[] frames = [.. Enumerable.Range(0, grid.Time * depth)
            .Select(_ => new Picture(grid.Width * side, grid.Height * side, new byte[3 * grid.Width * side * grid.Height * side]))];
        var at = 0;
        foreach (var (frame, from, channel) in Lines(grid))
            for (var x = 0; x < side; x++)
                frames[frame].Rgb[from + 3 * x] = Level(input.PixelValues[at++], channel);
        return frames;
    }

    private VisionInput Patches(List<Picture> frames)
    {
        var (side, depth) = (config.PatchSize, config.TemporalPatchSize);
        var grid = new GridThw(frames.Count / depth, frames[0].Height / side, frames[0].Width / side);
        var (values, at) = (new float[(long)grid.Patches * 3 * depth * side * side], 0);
        foreach (var (frame, from, channel) in Lines(grid))
        {
            var (rgb, scale) = (frames[frame].Rgb, normalised[channel]);
            for (var x = 0; x < side; x++) values[at++] = scale[rgb[from + 3 * x]];
        }
        return new VisionInput(values, grid);
    }

    /// <summary>Where each line of each patch lies in the frames, in the order of the values: time, block row, block column, row, column; then channel,
    /// frame, y. <c>From</c> is the place of its first byte.</summary>
    private IEnumerable<(int Frame, int From, int Channel)> Lines(GridThw grid)
    {
        var (side, depth, stride) = (config.PatchSize, config.TemporalPatchSize, 3 * grid.Width * config.PatchSize);
        for (var time = 0; time < grid.Time; time++)
            foreach (var (row, column) in MergeOrder(grid))
                for (var channel = 0; channel < 3; channel++)
                    for (var frame = 0; frame < depth; frame++)
                        for (var y = 0; y < side; y++)
                            yield return (time * depth + frame, (row * side + y) * stride + 3 * column * side + channel, channel);
    }

    private IEnumerable<(int Row, int Column)> MergeOrder(GridThw grid)
    {
        var merge = config.MergeSize;
        for (var top = 0; top < grid.Height; top += merge)
            for (var left = 0; left < grid.Width; left += merge)
                for (var y = 0; y < merge; y++)
                    for (var x = 0; x < merge; x++)
                        yield return (top + y, left + x);
    }

    private byte Level(float value, int channel) =>
        (byte)Math.Clamp(Math.Round((value * config.ImageStd[channel] + config.ImageMean[channel]) / config.RescaleFactor), 0, 255);

    /// <summary>For each channel the value of each byte, computed in float32 as the reference does.</summary>
    private static float[][] Normalised(ImageProcessorConfig config) =>
        [.. Enumerable.Range(0, 3)
            .Select(channel => Enumerable.Range(0, 256)
            .Select(level => ((float)(level * config.RescaleFactor) - config.ImageMean[channel]) / config.ImageStd[channel]).ToArray())];
}
