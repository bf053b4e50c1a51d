using static TorchSharp.torch;

namespace Crane.Core.Memory;

/// <summary>The two directions in which vectors differ most (principal components), for maps.</summary>
public static class PrincipalPlane
{
    /// <summary>Coordinates of each vector.</summary>
    /// <param name="vectors">At least three, of one length of at least 2.</param>
    /// <returns>One a vector; each axis points so that its largest coordinate is positive.</returns>
    public static IReadOnlyList<(double X, double Y)> Of(IReadOnlyList<float[]> vectors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vectors.Count, 3);
        Model.NativeTorch.Ensure();
        using var scope = NewDisposeScope();
        var x = stack(vectors.Select(v => tensor(v))).to(float64);                                                            // [vectors, dimension]
        x = x - x.mean([0], keepdim: true);
        var (_, _, directions) = linalg.svd(x, fullMatrices: false);                                                         // [dimension, dimension], by rows
        var plane = x.matmul(directions.narrow(0, 0, 2).t());                                                                // [vectors, 2]
        var numbers = plane.contiguous().data<double>().ToArray();
        double Sign(int axis) => numbers.Where((_, i) => i % 2 == axis).MaxBy(Math.Abs) < 0 ? -1 : 1;
        var (right, up) = (Sign(0), Sign(1));
        return [.. numbers.Chunk(2).Select(p => (right * p[0], up * p[1]))];
    }
}
