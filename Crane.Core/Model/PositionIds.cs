using Crane.Core.Vision;

namespace Crane.Core.Model;

/// <summary>A run of placeholders: a picture, a video, or one frame of it.</summary>
/// <param name="Grid">Its patches.</param>
/// <param name="TimeStep">By how much the time axis grows from one temporal patch to the next; the product is cut to a whole number.</param>
public readonly record struct VisionSpan(GridThw Grid, float TimeStep = 1);

/// <summary>Multimodal positions (M-RoPE) of a row: text counts on; a picture spans a block of time × rows × columns and text goes on after its longer
/// side.</summary>
/// <remarks>Hugging Face <c>get_rope_index</c> of both architectures; how a video is cut into spans is theirs
/// (<see cref="VisionConfig.VideoSpans"/>).</remarks>
public static class PositionIds
{
    /// <summary>Positions of one row.</summary>
    /// <param name="ids">Tokens <c>[length]</c>.</param>
    /// <param name="attended">Which of them are not padding <c>[length]</c>.</param>
    /// <param name="images">The pictures still to be placed; those of this row are taken from its front.</param>
    /// <param name="videos">The videos or their frames, likewise.</param>
    /// <param name="config">Gives placeholders and merge size.</param>
    /// <returns>Three lists of positions (time, row, column), 0 at padding, and the position after the largest of the row.</returns>
    /// <exception cref="ArgumentException">Placeholders and grids do not match; the message gives both counts.</exception>
    public static (long[][] Axes, long Next) Of(ReadOnlySpan<long> ids, ReadOnlySpan<bool> attended, Queue<VisionSpan> images, Queue<VisionSpan> videos,
        QwenVlConfig config)
    {
        var axes = new[] { new long[ids.Length], new long[ids.Length], new long[ids.Length] };
        var (next, largest, merge) = (0L, -1L, config.Vision.SpatialMergeSize);
        for (var at = 0; at < ids.Length;)
        {
            var isPlaceholder = ids[at] == config.ImageTokenId || ids[at] == config.VideoTokenId;
            if (!attended[at]) at++;
            else if (!isPlaceholder)
            {
                foreach (var axis in axes) axis[at] = next;
                largest = Math.Max(largest, next);
                (at, next) = (at + 1, next + 1);
            }
            else
            {
                var isImage = ids[at] == config.ImageTokenId;
                var span = Take(isImage ? images : videos, RunLength(ids, attended, at), isImage, merge);
                largest = Math.Max(largest, Place(axes, at, next, span, merge));
                at += span.Grid.Tokens(merge);
                next += Math.Max(span.Grid.Height, span.Grid.Width) / merge;   // the time axis may reach further
            }
        }
        return (axes, largest + 1);
    }

    private static VisionSpan Take(Queue<VisionSpan> spans, int run, bool isImage, int merge)
    {
        var kind = isImage ? "picture" : "video part";
        if (!spans.TryDequeue(out var span))
            throw new ArgumentException($"The prompt has more {kind} placeholders than {kind}s: a run of {run} is left without one.");
        var grid = span.Grid;
        if (grid.Tokens(merge) != run)
            throw new ArgumentException($"A {kind} of {grid.Time} × {grid.Height} × {grid.Width} patches gives {grid.Tokens(merge)} features, the prompt has {run} placeholders for it. "
                + "It was cut inside a picture, or expanded for another one.");
        return span;
    }

    private static int RunLength(ReadOnlySpan<long> ids, ReadOnlySpan<bool> attended, int from)
    {
        var end = from;
        while (end < ids.Length && attended[end] && ids[end] == ids[from]) end++;
        return end - from;
    }

    /// <summary>Fills the places of a span and returns the largest position.</summary>
    private static long Place(long[][] axes, int at, long start, VisionSpan span, int merge)
    {
        var (rows, columns) = (span.Grid.Height / merge, span.Grid.Width / merge);
        for (var i = 0; i < span.Grid.Tokens(merge); i++)
        {
            axes[0][at + i] = start + (long)(i / (rows * columns) * span.TimeStep);
            axes[1][at + i] = start + i / columns % rows;
            axes[2][at + i] = start + i % columns;
        }
        return Math.Max(axes[0][at + span.Grid.Tokens(merge) - 1], start + Math.Max(rows, columns) - 1);
    }
}
