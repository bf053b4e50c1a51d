using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>TIES merging (arXiv 2306.01708) as WISE uses it (EasyEdit <c>merge/gta.py</c>, magnitude and sum, normalised).</summary>
public static class TiesMerge
{
    /// <summary>Merges changed copies of one matrix: of each difference the largest entries are kept, at every place the sign with the larger weighted sum is
    /// elected, and the
    /// entries that agree with it are averaged.</summary>
    /// <param name="origin">The matrix before any change.</param>
    /// <param name="changed">Its copies, of the same shape.</param>
    /// <param name="weights">One for each copy.</param>
    /// <param name="density">Share of entries of each difference that is kept, in (0, 1].</param>
    public static Tensor Of(Tensor origin, IReadOnlyList<Tensor> changed, IReadOnlyList<double> weights, double density)
    {
        if (changed.Count == 0 || changed.Count != weights.Count)
            throw new ArgumentException($"{changed.Count} matrices and {weights.Count} weights; give one weight each.", nameof(weights));
        if (density is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(density), density, "The density is a share in (0, 1].");
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var differences = stack(changed.Select(matrix => Largest(matrix - origin, density)));                   // [copies, rows, columns]
        var weight = tensor(weights.ToArray(), dtype: differences.dtype, device: differences.device).view(-1, 1, 1);
        var weighted = differences * weight;
        // [rows, columns]: ±1
        var elected = weighted.sum(dim: 0).ge(Scalars.Keep(0)).to(differences.dtype) * Scalars.Keep(2) - Scalars.Keep(1);
        var agree = weighted.sign().eq(elected).to(differences.dtype);
        var divisor = (weight * agree).sum(dim: 0);
        return origin.Plus((weighted * agree).sum(dim: 0) / divisor.masked_fill(divisor.eq(Scalars.Keep(0)), Scalars.Keep(1))).MoveToOuterDisposeScope();
    }

    private static Tensor Largest(Tensor difference, double density)
    {
        var kept = (long)(density * difference.numel());
        if (kept >= difference.numel()) return difference;
        var places = difference.abs().flatten().topk((int)Math.Max(kept, 1)).indexes;
        return (difference.flatten() * zeros_like(difference).flatten().index_fill_(0, places, Scalars.Keep(1))).view(difference.shape);
    }
}
