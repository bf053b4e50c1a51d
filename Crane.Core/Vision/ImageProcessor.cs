namespace Crane.Core.Vision;

/// <summary>Settings of a checkpoint's <c>preprocessor_config.json</c>.</summary>
public sealed record ImageProcessorConfig
{
    /// <summary>Side of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Frames in a patch.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary>Side of the square of patches that becomes one token.</summary>
    public int MergeSize { get; init; } = 2;

    /// <summary>Subtracted from each channel, after scaling to 0..1.</summary>
    public float[] ImageMean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Divides each channel.</summary>
    public float[] ImageStd { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Multiplies bytes; 1/255 brings them to 0..1.</summary>
    public double RescaleFactor { get; init; } = 1.0 / 255;

    /// <summary>Smallest area in pixels.</summary>
    public long MinPixels { get; init; } = 56 * 56;

    /// <summary>Largest area in pixels.</summary>
    public long MaxPixels { get; init; } = 28 * 28 * 1280;

    /// <summary>Both sides of a resized picture are multiples of this.</summary>
    public int Factor => PatchSize * MergeSize;

    /// <summary>Reads a folder's <c>preprocessor_config.json</c>, or the file itself, in the published layout (min_pixels, max_pixels) or that of
    /// transformers 5 (size.shortest_edge and longest_edge, which are numbers of pixels, not edges).</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A field is of the wrong kind.</exception>
    public static ImageProcessorConfig Load(string folderOrFile)
    {
        var fields = JsonFields.ReadFile(Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, "preprocessor_config.json") : folderOrFile);
        var defaults = new ImageProcessorConfig();
        var size = fields.ObjectOrNull("size");
        long Pixels(string name, string edge, long otherwise) => fields.Has(name) ? fields.Int(name) : size?.Has(edge) == true ? size.Value.Int(edge) : otherwise;
        return new ImageProcessorConfig
        {
            PatchSize = fields.Int("patch_size", defaults.PatchSize),
            TemporalPatchSize = fields.Int("temporal_patch_size", defaults.TemporalPatchSize),
            MergeSize = fields.Int("merge_size", defaults.MergeSize),
            ImageMean = fields.Has("image_mean") ? fields.Floats("image_mean", 3) : defaults.ImageMean,
            ImageStd = fields.Has("image_std") ? fields.Floats("image_std", 3) : defaults.ImageStd,
            RescaleFactor = fields.Double("rescale_factor", defaults.RescaleFactor),
            MinPixels = Pixels("min_pixels", "shortest_edge", defaults.MinPixels),
            MaxPixels = Pixels("max_pixels", "longest_edge", defaults.MaxPixels),
        };
    }
}

/// <summary>Makes patches of pictures as Hugging Face's <c>Qwen2VLImageProcessor</c>: smart resize, bicubic, scale, normalise, cut, in merge order.</summary>
public sealed class ImageProcessor(ImageProcessorConfig config)
{
    /// <summary>The settings.</summary>
    public ImageProcessorConfig Config => config;

    /// <summary>Cuts a still picture; it fills all frames of a patch.</summary>
    /// <exception cref="ArgumentException">One side is more than 200 times the other.</exception>
    public VisionInput Process(Picture picture)
    {
        var resized = Resize(picture);
        return Patches([.. Enumerable.Repeat(resized, config.TemporalPatchSize)]);
    }

    /// <summary>Cuts a video whose frames have one size; the last frame is repeated to fill a patch.</summary>
    /// <exception cref="ArgumentException">No frame, or frames of different sizes.</exception>
    public VisionInput ProcessVideo(IReadOnlyList<Picture> frames)
    {
        if (frames.Count == 0) throw new ArgumentException("A video needs at least one frame.", nameof(frames));
        if (frames.Any(f => f.Width != frames[0].Width || f.Height != frames[0].Height)) throw new ArgumentException("The frames of a video must have one size.", nameof(frames));
        var resized = frames.Select(Resize).ToList();
        while (resized.Count % config.TemporalPatchSize != 0) resized.Add(resized[^1]);
        return Patches(resized);
    }

    /// <summary>The picture at the size the model sees.</summary>
    public Picture Resize(Picture picture)
    {
        var (height, width) = SmartResize.Of(picture.Height, picture.Width, config.Factor, config.MinPixels, config.MaxPixels);
        return PillowResize.Bicubic(picture, width, height);
    }

    /// <summary>Cuts frames whose sides are multiples of the factor: order (time, block row, block column, row, column; channel, frame, y, x).</summary>
    private VisionInput Patches(List<Picture> frames)
    {
        var (side, merge, depth) = (config.PatchSize, config.MergeSize, config.TemporalPatchSize);
        var grid = new GridThw(frames.Count / depth, frames[0].Height / side, frames[0].Width / side);
        var scale = Normalised();
        var (values, at) = (new float[(long)grid.Patches * 3 * depth * side * side], 0);
        for (var time = 0; time < grid.Time; time++)
            foreach (var (row, column) in MergeOrder(grid, merge))
                for (var channel = 0; channel < 3; channel++)
                    for (var frame = 0; frame < depth; frame++)
                    {
                        var source = frames[time * depth + frame];
                        for (var y = 0; y < side; y++)
                            for (int x = 0, from = 3 * ((row * side + y) * source.Width + column * side) + channel; x < side; x++, from += 3)
                                values[at++] = scale[channel][source.Rgb[from]];
                    }
        return new VisionInput(values, grid);
    }

    private static IEnumerable<(int Row, int Column)> MergeOrder(GridThw grid, int merge)
    {
        for (var top = 0; top < grid.Height; top += merge)
            for (var left = 0; left < grid.Width; left += merge)
                for (var y = 0; y < merge; y++)
                    for (var x = 0; x < merge; x++)
                        yield return (top + y, left + x);
    }

    /// <summary>For each channel the value of each byte, computed in float32 as the reference does.</summary>
    private float[][] Normalised() =>
        [.. Enumerable.Range(0, 3).Select(channel => Enumerable.Range(0, 256).Select(level => ((float)(level * config.RescaleFactor) - config.ImageMean[channel]) / config.ImageStd[channel]).ToArray())];
}
