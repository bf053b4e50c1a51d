using static TorchSharp.torch;

namespace Crane.Core.Evaluation.Metrics;

/// <summary>Whether a model still ranks tokens as before the edit, on inputs that the edit is not about. Sequences of different length are aligned at their
/// ends.</summary>
public static class LogitLocality
{
    /// <summary>Id of <see cref="KlDivergence"/>.</summary>
    public const string KlId = "teacher-forced/locality-kl";

    /// <summary>Id of <see cref="TopKAgreement"/>; the literature reports k = 1 for text, 10 for pictures.</summary>
    public static string TopKId(int k) => $"{TopKPrefix}{k}";

    /// <summary>What <see cref="TopKId"/> begins with.</summary>
    internal const string TopKPrefix = "teacher-forced/locality-top";

    /// <summary>Share of equal tokens at equal rank among the k likeliest of every position (EasyEdit <c>topk_token_match</c>). Two tokens that change places
    /// count as two misses.</summary>
    /// <param name="before">[batch, length, vocabulary].</param>
    /// <param name="after">[batch, length′, vocabulary].</param>
    /// <param name="k">At least 1; cut to the vocabulary.</param>
    public static double TopKAgreement(Tensor before, Tensor after, int k)
    {
        using var scope = NewDisposeScope();
        var (a, b) = TopK(before, after, k);
        return a.eq(b).to(float64).mean().item<double>();
    }

    /// <summary>Share of tokens in common among the k likeliest, whatever their order.</summary>
    /// <param name="before">[batch, length, vocabulary].</param>
    /// <param name="after">[batch, length′, vocabulary].</param>
    /// <param name="k">At least 1; cut to the vocabulary.</param>
    public static double TopKOverlap(Tensor before, Tensor after, int k)
    {
        using var scope = NewDisposeScope();
        var (a, b) = TopK(before, after, k);
        return a.unsqueeze(-1).eq(b.unsqueeze(-2)).any(dim: -1).to(float64).mean().item<double>();   // [batch, length, k, k] → [batch, length, k]
    }

    /// <summary>The k likeliest tokens at the last position of the first row, the likeliest first.</summary>
    /// <param name="logits">[batch, length, vocabulary].</param>
    /// <param name="k">At least 1.</param>
    public static long[] LastTopK(Tensor logits, int k)
    {
        using var scope = NewDisposeScope();
        return [.. logits[0, -1].topk(k).indexes.data<long>()];
    }

    /// <summary>Σ mask · KL(before ‖ after) / Σ mask (EasyEdit and VLKEB <c>kl_loc_loss</c>).</summary>
    /// <param name="before">[batch, length, vocabulary].</param>
    /// <param name="after">[batch, length′, vocabulary], length′ at least length.</param>
    /// <param name="mask">[batch, length]: which positions count.</param>
    public static double KlDivergence(Tensor before, Tensor after, Tensor mask)
    {
        Check(before, after);
        if (after.shape[1] < before.shape[1])
            throw new ArgumentException($"The mask covers {before.shape[1]} positions, but only {after.shape[1]} were computed after the edit.", nameof(after));
        using var scope = NewDisposeScope();
        var p = before.to(float32).log_softmax(-1);
        var q = after.to(float32).narrow(1, after.shape[1] - before.shape[1], before.shape[1]).log_softmax(-1);
        var divergence = (p.exp() * (p - q)).sum(-1);                               // [batch, length]
        return ((divergence * mask).sum() / mask.sum()).to(float64).item<double>();
    }

    private static (Tensor Before, Tensor After) TopK(Tensor before, Tensor after, int k)
    {
        Check(before, after);
        if (k < 1) throw new ArgumentOutOfRangeException(nameof(k), k, "At least one token must be compared.");
        var (length, kept) = (Math.Min(before.shape[1], after.shape[1]), (int)Math.Min(k, before.shape[2]));
        Tensor Of(Tensor logits) => logits.to(float32).narrow(1, logits.shape[1] - length, length).topk(kept).indexes;   // [batch, length, k]
        return (Of(before), Of(after));
    }

    private static void Check(Tensor before, Tensor after)
    {
        if (before.dim() != 3 || after.dim() != 3 || before.shape[0] != after.shape[0] || before.shape[2] != after.shape[2])
            throw new ArgumentException($"Logits are [{string.Join(", ", before.shape)}] before and [{string.Join(", ", after.shape)}] after the edit; expected [batch, length, vocabulary] " +
                "with the same batch and vocabulary.");
    }
}
