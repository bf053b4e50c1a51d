using Crane.Core.Vision;

namespace Crane.Core.Memory;

/// <summary>Pictures as CLIP and SigLIP take them: a bicubic resize, a cut from the middle, scaling and normalising (Hugging Face <c>CLIPImageProcessor</c>,
/// <c>SiglipImageProcessor</c>).</summary>
public sealed record PicturePreprocessor
{
    /// <summary>Width of the result in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the result in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>The shorter side after the resize, of which the middle is cut out; null: the picture is stretched to the result's size.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>Subtracted from each channel after scaling to 0..1.</summary>
    public float[] Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Divides each channel.</summary>
    public float[] Std { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Reads a folder's <c>preprocessor_config.json</c>.</summary>
    /// <exception cref="InvalidDataException">A field is missing or of the wrong kind; the message names it.</exception>
    public static PicturePreprocessor Load(string folder)
    {
        var config = JsonFields.ReadFile(Path.Combine(folder, "preprocessor_config.json"));
        var size = config.HasObject("size") ? config.Object("size") : (JsonFields?)null;   // old files write a number: the shortest edge
        var edge = size is null ? config.Size("size") : size.Value.Has("shortest_edge") ? size.Value.Size("shortest_edge") : (int?)null;
        var (width, height) = edge is null ? Sides(config, "size") : config.Has("crop_size") ? Sides(config, "crop_size") : (edge.Value, edge.Value);
        return new()
        {
            Width = width, Height = height, ShortestEdge = edge,
            Mean = config.Floats("image_mean", 3), Std = config.Floats("image_std", 3),
        };
    }

    private static (int Width, int Height) Sides(JsonFields config, string name) =>
        config.HasObject(name) ? (config.Object(name).Size("width"), config.Object(name).Size("height")) : (config.Size(name), config.Size(name));

    /// <summary>The normalised pixels.</summary>
    /// <returns><c>[3, height, width]</c>, flat.</returns>
    public float[] Process(Picture picture)
    {
        var resized = ShortestEdge is { } edge ? Middle(Shrink(picture, edge)) : PillowResize.Bicubic(picture, Width, Height);
        var pixels = new float[3 * Width * Height];
        for (int i = 0, at = 0; at < resized.Rgb.Length; i++)
            for (var channel = 0; channel < 3; channel++, at++)
                pixels[channel * Width * Height + i] = (resized.Rgb[at] / 255f - Mean[channel]) / Std[channel];
        return pixels;
    }

    /// <summary>The longer side is cut off to a whole number, as transformers' <c>get_resize_output_image_size</c> does.</summary>
    private static Picture Shrink(Picture picture, int edge) => picture.Width <= picture.Height
        ? PillowResize.Bicubic(picture, edge, (int)((long)edge * picture.Height / picture.Width))
        : PillowResize.Bicubic(picture, (int)((long)edge * picture.Width / picture.Height), edge);

    private Picture Middle(Picture picture)
    {
        if (picture.Width < Width || picture.Height < Height)
            throw new InvalidDataException($"A cut of {Width} × {Height} does not fit a picture whose shortest side is made {ShortestEdge}; crop_size must not exceed it.");
        return PictureOps.Crop(picture, (picture.Width - Width) / 2, (picture.Height - Height) / 2, Width, Height);
    }
}
