using Crane.Core.Vision;

namespace Crane.Core.Display;

/// <summary>Shows results in a notebook: make the call the last expression of a cell.</summary>
/// <remarks>Everything returned is a snapshot: it holds no tensor and does not change afterwards. All text is escaped.</remarks>
public static partial class Show
{
    private const int PictureWidth = 320;

    /// <summary>A picture; a tiny one enlarged pixel by pixel, so that one sees what the model sees.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="caption">Shown below it, or null.</param>
    public static View Picture(Picture picture, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Framed(Raster.Enlarge(picture, Raster.Factor(picture.Width, PictureWidth)), $"picture {Size(picture)}", caption);
    }

    /// <summary>A heat map over a picture: attention over patches, the share of each place in an answer.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="weights"><c>[rows, columns]</c> over the picture from its top left; scaled so that the smallest is 0 and the largest 1.</param>
    /// <param name="caption">Shown below it, or null.</param>
    /// <exception cref="ArgumentException">The matrix is empty, or finer than the picture.</exception>
    public static View Overlay(Picture picture, float[,] weights, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var (rows, columns) = (weights.GetLength(0), weights.GetLength(1));
        if (rows == 0 || columns == 0 || rows > picture.Height || columns > picture.Width)
            throw new ArgumentException($"Weights [{rows}, {columns}] do not fit a picture of {Size(picture)}: expected 1 to {picture.Height} rows and 1 to {picture.Width} columns.", nameof(weights));
        var numbers = Doubles(weights);
        var (low, high) = Raster.Range(numbers);
        var laid = Raster.Overlay(Raster.Enlarge(picture, Raster.Factor(picture.Width, PictureWidth)), numbers);
        return Framed(laid, $"picture {Size(picture)} under a heat map of {rows} × {columns}",
            $"{(caption is null ? "" : caption + " · ")}dark {low:G3}, bright {high:G3}");
    }

    /// <summary>A picture cut into patches: thin lines between patches, thick ones between the groups that are merged to one token.</summary>
    /// <param name="picture">A picture whose sides are whole multiples of the patch size (as after the processor's resize).</param>
    /// <param name="patchSize">Side of a patch in pixels. Hugging Face: patch_size.</param>
    /// <param name="mergeSize">Patches along the side of a token. Hugging Face: merge_size.</param>
    /// <exception cref="ArgumentException">A side of the picture is no multiple of patchSize × mergeSize.</exception>
    public static View Patches(Picture picture, int patchSize, int mergeSize = 1)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfLessThan(patchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(mergeSize, 1);
        var group = patchSize * mergeSize;
        if (picture.Width % group != 0 || picture.Height % group != 0)
            throw new ArgumentException($"A picture of {Size(picture)} does not divide into tokens of {group} × {group} pixels ({mergeSize} patches of {patchSize}); resize it first (SmartResize).", nameof(picture));
        var factor = Math.Max(Raster.Factor(picture.Width, 480), patchSize < 4 ? 2 : 1);
        var large = factor == 1 ? new Picture(picture.Width, picture.Height, (byte[])picture.Rgb.Clone()) : Raster.Enlarge(picture, factor);
        Raster.Grid(large, patchSize * factor, 1, (255, 255, 255));
        if (mergeSize > 1) Raster.Grid(large, group * factor, 3, (230, 159, 0));
        var (columns, rows) = (picture.Width / patchSize, picture.Height / patchSize);
        return Framed(large, $"picture {Size(picture)} in patches",
            $"{columns} × {rows} = {columns * rows} patches of {patchSize} × {patchSize} pixels" +
            (mergeSize > 1 ? $"; {mergeSize} × {mergeSize} of them make a token: {picture.Width / group} × {picture.Height / group} = {columns * rows / mergeSize / mergeSize} tokens" : ""));
    }

    internal static string Size(Picture picture) => $"{picture.Width} × {picture.Height}";

    internal static double[,] Doubles(float[,] values)
    {
        var doubles = new double[values.GetLength(0), values.GetLength(1)];
        for (var r = 0; r < values.GetLength(0); r++)
            for (var c = 0; c < values.GetLength(1); c++) doubles[r, c] = values[r, c];
        return doubles;
    }

    private static View Framed(Picture drawn, string what, string? caption)
    {
        var (png, text) = (PictureFile.ToPng(drawn), caption is null ? $"[{what}]" : $"[{what}: {caption}]");
        var below = caption is null ? "" : $"<figcaption>{Html.Escape(caption)}</figcaption>";
        return new View(text, Html.Wrap($"<figure>{Html.Image(png, text, Math.Min(drawn.Width, 760))}{below}</figure>"), png);
    }
}
