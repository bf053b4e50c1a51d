using Crane.Core.Vision;

namespace Crane.Core.Model;

/// <summary>The attention windows of Qwen2.5-VL's tower (Hugging Face <c>get_vision_window_index</c>).</summary>
public static class VisionWindows
{
    /// <summary>Cuts every frame into squares of <see cref="Qwen25VisionConfig.WindowTokens"/> tokens, smaller at the right and lower edge, row by
    /// row.</summary>
    /// <param name="grids">Pictures and videos in order.</param>
    /// <param name="config">Gives merge and window size.</param>
    /// <returns>The tokens of all grids in the order of windows, row by row inside each: a permutation of 0..tokens−1; and the number of patches in each
    /// window.</returns>
    public static (long[] Order, long[] Patches) Of(IEnumerable<GridThw> grids, Qwen25VisionConfig config)
    {
        var (merge, side) = (config.SpatialMergeSize, config.WindowTokens);
        var (order, sizes, start) = (new List<long>(), new List<long>(), 0L);
        foreach (var grid in grids)
        {
            var (rows, columns) = (grid.Height / merge, grid.Width / merge);
            for (var frame = 0; frame < grid.Time; frame++, start += rows * columns)
                for (var top = 0; top < rows; top += side)
                    for (var left = 0; left < columns; left += side)
                    {
                        var before = order.Count;
                        for (var row = top; row < Math.Min(top + side, rows); row++)
                            for (var column = left; column < Math.Min(left + side, columns); column++)
                                order.Add(start + row * columns + column);
                        sizes.Add((order.Count - before) * (long)(merge * merge));
                    }
        }
        return ([.. order], [.. sizes]);
    }
}
