using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Means over the tokens that count. A value of shape <c>[rows, 1]</c> stands for its whole row. TRL: <c>global_masked_mean</c>,
/// <c>masked_seq_mean</c>.</summary>
public static class Masked
{
    /// <summary>Sum of the tokens that count, over their number (at least 1).</summary>
    /// <param name="values"><c>[rows, tokens]</c>, or one a row <c>[rows, 1]</c>: then the plain mean of the rows.</param>
    /// <param name="mask">1 where a token counts <c>[rows, tokens]</c>.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Mean(Tensor values, Tensor mask) => values.shape[1] == 1 ? values.mean()
        : (values * mask).sum() / mask.sum().clamp(min: Scalars.Keep(1));

    /// <summary>The mean of each row, NaN where a row has no token <c>[rows]</c>.</summary>
    public static Tensor RowMeans(Tensor values, Tensor mask) => values.shape[1] == 1 ? values.squeeze(1) : (values * mask).sum(-1) / mask.sum(-1);

    /// <summary>The smallest mean of a row; rows without a token are left out. NaN where no row has one.</summary>
    public static Tensor SmallestRowMean(Tensor values, Tensor mask)
    {
        var means = RowMeans(values, mask);
        return means.isnan().all().item<bool>() ? means.sum() : means.nan_to_num(nan: double.PositiveInfinity).min();
    }

    /// <summary>The largest mean of a row; rows without a token are left out. NaN where no row has one.</summary>
    public static Tensor LargestRowMean(Tensor values, Tensor mask)
    {
        var means = RowMeans(values, mask);
        return means.isnan().all().item<bool>() ? means.sum() : means.nan_to_num(nan: double.NegativeInfinity).max();
    }
}
