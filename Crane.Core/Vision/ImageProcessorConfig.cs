namespace Crane.Core.Vision;

/// <summary>Settings of a checkpoint's <c>preprocessor_config.json</c>; the defaults are those of Hugging Face's <c>Qwen2VLImageProcessor</c> at patches of
/// 16.</summary>
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

    /// <summary>Reads a folder's <c>preprocessor_config.json</c>, or the file itself.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">See <see cref="Read"/>.</exception>
    public static ImageProcessorConfig Load(string folderOrFile) =>
        Read(JsonFields.ReadFile(Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, "preprocessor_config.json") : folderOrFile));

    /// <summary>Reads the published layout (min_pixels, max_pixels) or that of transformers 5 (size.shortest_edge and longest_edge, which are numbers of
    /// pixels, not edges). Unknown fields are passed over, missing ones take their defaults.</summary>
    /// <exception cref="InvalidDataException">A field is of the wrong kind or out of range; the message names it.</exception>
    public static ImageProcessorConfig Read(JsonFields fields)
    {
        var defaults = new ImageProcessorConfig();
        var size = fields.ObjectOrNull("size");
        int Size(string name, int otherwise) => fields.Has(name) ? fields.Size(name) : otherwise;
        long Pixels(string name, string edge, long otherwise) => fields.Has(name) ? fields.Size(name) : size?.Has(edge) == true ? size.Value.Size(edge)
            : otherwise;
        var config = new ImageProcessorConfig
        {
            PatchSize = Size("patch_size", defaults.PatchSize),
            TemporalPatchSize = Size("temporal_patch_size", defaults.TemporalPatchSize),
            MergeSize = Size("merge_size", defaults.MergeSize),
            ImageMean = fields.Has("image_mean") ? fields.Floats("image_mean", 3) : defaults.ImageMean,
            ImageStd = fields.Has("image_std") ? fields.Floats("image_std", 3) : defaults.ImageStd,
            RescaleFactor = fields.Double("rescale_factor", defaults.RescaleFactor),
            MinPixels = Pixels("min_pixels", "shortest_edge", defaults.MinPixels),
            MaxPixels = Pixels("max_pixels", "longest_edge", defaults.MaxPixels),
        };
        if (config.MinPixels > config.MaxPixels)
            throw new InvalidDataException($"{fields.Where}: the smallest area ({config.MinPixels} pixels) is larger than the largest ({config.MaxPixels}).");
        if (config.ImageStd.Any(s => s is not > 0))
            throw new InvalidDataException($"{fields.Where}: field 'image_std' must be above 0, found {string.Join(", ", config.ImageStd)}.");
        return config;
    }
}
