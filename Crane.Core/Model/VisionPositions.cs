using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Where the patches of pictures lie, in the order in which the tower reads them: squares of merge × merge patches, row by row inside.</summary>
public static class VisionPositions
{
    /// <summary>Row and column of each patch of one frame.</summary>
    /// <returns>Two lists of height × width numbers.</returns>
    public static (int[] Rows, int[] Columns) MergeOrder(int height, int width, int merge)
    {
        var (rows, columns, at) = (new int[height * width], new int[height * width], 0);
        for (var top = 0; top < height; top += merge)
            for (var left = 0; left < width; left += merge)
                for (var y = 0; y < merge; y++)
                    for (var x = 0; x < merge; x++, at++)
                        (rows[at], columns[at]) = (top + y, left + x);
        return (rows, columns);
    }

    /// <summary>Angles of the tower's rotary embedding: the first half of a head's pairs turns with the row, the second with the column.</summary>
    /// <returns>A table of <c>[patches, 1, headDim]</c> float32, over all frames of all grids.</returns>
    public static RotaryTable Rotary(IEnumerable<GridThw> grids, VisionConfig config)
    {
        using var scope = NewDisposeScope();
        var frequencies = Model.Rotary.Frequencies(config.HiddenSize / config.NumHeads / 2, config.RopeTheta);   // [headDim / 4]
        var parts = grids.Select(grid =>
        {
            var (rows, columns) = MergeOrder(grid.Height, grid.Width, config.SpatialMergeSize);
            var places = stack([tensor(rows), tensor(columns)], dim: 1).to(float32);                     // [frame patches, 2]
            return (places.unsqueeze(-1) * frequencies).flatten(1).repeat(grid.Time, 1);                 // [patches, headDim / 2]
        });
        var angles = cat([.. parts], dim: 0);
        var both = cat([angles, angles], dim: -1).unsqueeze(1);
        return new(both.cos().MoveToOuterDisposeScope(), both.sin().MoveToOuterDisposeScope());
    }

    /// <summary>Learnt positions, bilinearly interpolated from their square grid to a picture's (corners aligned), in merge order.</summary>
    /// <param name="table"><c>[side², hidden]</c>.</param>
    /// <param name="grids">Pictures or videos.</param>
    /// <param name="config">Gives side and merge size.</param>
    /// <returns><c>[patches, hidden]</c>.</returns>
    public static Tensor Learnt(Tensor table, IEnumerable<GridThw> grids, Qwen3VisionConfig config)
    {
        using var scope = NewDisposeScope();
        var parts = grids.Select(grid => Interpolate(table, grid, config).repeat(grid.Time, 1));
        return cat([.. parts], dim: 0).MoveToOuterDisposeScope();
    }

    private static Tensor Interpolate(Tensor table, GridThw grid, Qwen3VisionConfig config)
    {
        var side = config.PositionSide;
        var (rowLow, rowHigh, rowPart) = Corners(grid.Height, side);
        var (columnLow, columnHigh, columnPart) = Corners(grid.Width, side);
        var (rows, columns) = MergeOrder(grid.Height, grid.Width, config.SpatialMergeSize);
        Tensor Corner(long[] row, long[] column) =>
            table.index_select(0, tensor(rows.Zip(columns, (r, c) => row[r] * side + column[c]).ToArray(), device: table.device));
        Tensor Weight(float[] part, int[] at) => tensor(at.Select(i => part[i]).ToArray(), device: table.device).to(table.dtype).unsqueeze(1);   // [patches, 1]
        var (down, right) = (Weight(rowPart, rows), Weight(columnPart, columns));
        var (up, left) = (down.neg().Plus(Scalars.Keep(1)), right.neg().Plus(Scalars.Keep(1)));
        return (up * left * Corner(rowLow, columnLow)).Plus(up * right * Corner(rowLow, columnHigh))
            .Plus(down * left * Corner(rowHigh, columnLow)).Plus(down * right * Corner(rowHigh, columnHigh));
    }

    private static (long[] Low, long[] High, float[] Part) Corners(int count, int side)
    {
        using var places = linspace(0, side - 1, count, dtype: float32);
        var at = places.data<float>().ToArray();
        return ([.. at.Select(x => (long)x)], [.. at.Select(x => Math.Min((long)x + 1, side - 1))], [.. at.Select(x => x - (long)x)]);
    }
}
