using Crane.Core.Vision;

namespace Crane.Core.Model;

/// <summary>Multimodal positions (M-RoPE) of a row: text counts on; a picture spans a block of time × rows × columns and text goes on after its longer side.</summary>
/// <remarks>Hugging Face <c>Qwen3VLModel.get_rope_index</c>: every frame of a video is a block of its own, since its time stands in the text before it.</remarks>
public static class PositionIds
{
    /// <summary>Positions of one row.</summary>
    /// <param name="ids">Tokens <c>[length]</c>.</param>
    /// <param name="attended">Which of them are not padding <c>[length]</c>.</param>
    /// <param name="images">Grids of the pictures still to be placed; those of this row are taken from its front.</param>
    /// <param name="videos">Grids of the videos, likewise.</param>
    /// <param name="config">Gives placeholders and merge size.</param>
    /// <returns>Three lists of positions (time, row, column), 0 at padding, and the position that follows the row.</returns>
    /// <exception cref="ArgumentException">Placeholders and grids do not match; the message gives both counts.</exception>
    public static (long[][] Axes, long Next) Of(ReadOnlySpan<long> ids, ReadOnlySpan<bool> attended, Queue<GridThw> images, Queue<GridThw> videos, QwenVlConfig config)
    {
        var axes = new[] { new long[ids.Length], new long[ids.Length], new long[ids.Length] };
        var next = 0L;
        for (var at = 0; at < ids.Length;)
        {
            var isPlaceholder = ids[at] == config.ImageTokenId || ids[at] == config.VideoTokenId;
            if (!attended[at]) at++;
            else if (!isPlaceholder)
            {
                foreach (var axis in axes) axis[at] = next;
                (at, next) = (at + 1, next + 1);
            }
            else
            {
                var grid = Take(ids[at] == config.ImageTokenId ? images : videos, RunLength(ids, attended, at), ids[at] == config.ImageTokenId, config.Vision.SpatialMergeSize);
                Place(axes, at, next, grid, config.Vision.SpatialMergeSize);
                at += grid.Tokens(config.Vision.SpatialMergeSize);
                next += Math.Max(grid.Height, grid.Width) / config.Vision.SpatialMergeSize;
            }
        }
        return (axes, next);
    }

    /// <summary>A video's frames as grids of their own.</summary>
    public static IEnumerable<GridThw> Frames(IEnumerable<GridThw> videos) => videos.SelectMany(grid => Enumerable.Repeat(grid with { Time = 1 }, grid.Time));

    private static GridThw Take(Queue<GridThw> grids, int run, bool isImage, int merge)
    {
        var kind = isImage ? "picture" : "video frame";
        if (!grids.TryDequeue(out var grid)) throw new ArgumentException($"The prompt has more {kind} placeholders than {kind}s: a run of {run} is left without one.");
        if (grid.Tokens(merge) != run)
            throw new ArgumentException($"A {kind} of {grid.Time} × {grid.Height} × {grid.Width} patches gives {grid.Tokens(merge)} features, the prompt has {run} placeholders for it. "
                + "It was cut inside a picture, or expanded for another one.");
        return grid;
    }

    private static int RunLength(ReadOnlySpan<long> ids, ReadOnlySpan<bool> attended, int from)
    {
        var end = from;
        while (end < ids.Length && attended[end] && ids[end] == ids[from]) end++;
        return end - from;
    }

    private static void Place(long[][] axes, int at, long start, GridThw grid, int merge)
    {
        var (rows, columns) = (grid.Height / merge, grid.Width / merge);
        for (var i = 0; i < grid.Tokens(merge); i++)
        {
            axes[0][at + i] = start + i / (rows * columns);
            axes[1][at + i] = start + i / columns % rows;
            axes[2][at + i] = start + i % columns;
        }
    }
}
