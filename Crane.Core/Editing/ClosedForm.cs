using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>The updates of locate-then-edit methods as formulas. W is a down-projection <c>[hidden, intermediate]</c>, k a key <c>[intermediate]</c>, v a
/// value <c>[hidden]</c>,
/// K and R columns of keys <c>[intermediate, edits]</c> and residuals <c>[hidden, edits]</c>, C the second moment of keys <c>[intermediate, intermediate]</c>.
/// All float64.</summary>
public static class ClosedForm
{
    /// <summary>ΔW of ROME: Λ (C⁻¹k)ᵀ with Λ = (v − W k) / ((C⁻¹k)ᵀk), the least change in the metric of C for which (W + ΔW) k = v (arXiv 2202.05262, eq.
    /// 2).</summary>
    public static Tensor Rome(Tensor weight, Tensor secondMoment, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        var direction = linalg.solve(secondMoment, key.unsqueeze(1)).squeeze(1);                   // C⁻¹k
        var lambda = (value - weight.mv(key)) / direction.dot(key);
        return outer(lambda, direction).MoveToOuterDisposeScope();
    }

    /// <summary>ΔW of MEMIT: R Kᵀ (λ C + K Kᵀ)⁻¹ (arXiv 2210.07229, eq. 14).</summary>
    /// <param name="secondMoment">C.</param>
    /// <param name="keys">K.</param>
    /// <param name="residuals">R.</param>
    /// <param name="weight">λ: how many tokens of the corpus weigh against the edits. EasyEdit: mom2_update_weight.</param>
    public static Tensor Memit(Tensor secondMoment, Tensor keys, Tensor residuals, double weight)
    {
        using var scope = NewDisposeScope();
        var normal = (secondMoment * Scalars.Keep(weight)).Plus(keys.matmul(keys.t()));
        return linalg.solve(normal, keys.matmul(residuals.t())).t().MoveToOuterDisposeScope();      // both sides transposed; the matrix is symmetric
    }

    /// <summary>ΔW of AlphaEdit: R Kᵀ P (Kₚ Kₚᵀ P + K Kᵀ P + L₂ I)⁻¹ (arXiv 2410.02355, eq. 14; EasyEdit <c>AlphaEdit_main.py</c>). It vanishes on every key k
    /// with P k = 0.</summary>
    /// <param name="projection">P.</param>
    /// <param name="earlier">Kₚ Kₚᵀ of the edits before.</param>
    /// <param name="keys">K.</param>
    /// <param name="residuals">R.</param>
    /// <param name="l2">L₂.</param>
    public static Tensor AlphaEdit(Tensor projection, Tensor earlier, Tensor keys, Tensor residuals, double l2)
    {
        using var scope = NewDisposeScope();
        var normal = projection.matmul(keys.matmul(keys.t()).Plus(earlier)).Plus(eye(keys.shape[0], dtype: keys.dtype) * Scalars.Keep(l2));
        return linalg.solve(normal, projection.matmul(keys).matmul(residuals.t())).t().MoveToOuterDisposeScope();
    }

    /// <summary>The projection onto the directions in which keys hardly ever point: P = U₀U₀ᵀ, U₀ the eigenvectors of C whose eigenvalues lie below the
    /// cut.</summary>
    /// <param name="secondMoment">C.</param>
    /// <param name="cut">The largest eigenvalue that counts as nothing. EasyEdit: nullspace_threshold.</param>
    /// <returns>P, all eigenvalues in rising order <c>[intermediate]</c>, and how many lie below the cut.</returns>
    public static (Tensor Projection, Tensor Eigenvalues, int Kept) NullSpace(Tensor secondMoment, double cut)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = linalg.eigh(secondMoment);
        var kept = (int)values.lt(Scalars.Keep(cut)).sum().item<long>();
        var basis = vectors[.., ..kept];
        return (basis.matmul(basis.t()).MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope(), kept);
    }
}
