using static TorchSharp.torch;

namespace Crane.Core.Memory;

/// <summary>Rows of ids as tensors, and back to numbers.</summary>
internal static class TokenRows
{
    /// <summary>Ids padded on the right, int64, and 1 at tokens, 0 at padding: both <c>[batch, length]</c>.</summary>
    public static (Tensor Ids, Tensor Mask) Pad(int[][] rows, int pad)
    {
        var length = rows.Max(r => r.Length);
        long[] Filled(Func<int[], int, long> at) => [.. rows.SelectMany(row => Enumerable.Range(0, length).Select(i => at(row, i)))];
        return (tensor(Filled((row, i) => i < row.Length ? row[i] : pad)).view(rows.Length, length),
            tensor(Filled((row, i) => i < row.Length ? 1 : 0)).view(rows.Length, length));
    }

    /// <summary>The mean over tokens, padding left out: <c>[batch, hidden]</c>.</summary>
    public static Tensor Mean(Tensor hidden, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var weight = mask.unsqueeze(-1).to(hidden.dtype);                                                                    // [batch, length, 1]
        return ((hidden * weight).sum(1) / weight.sum(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The rows of <c>[batch, hidden]</c>.</summary>
    public static float[][] Vectors(Tensor rows)
    {
        using var scope = NewDisposeScope();
        return [.. rows.to(float32).cpu().contiguous().data<float>().ToArray().Chunk((int)rows.shape[1])];
    }
}
