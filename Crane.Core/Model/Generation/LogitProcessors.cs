using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model.Generation;

/// <summary>Pure functions on the scores of the next token, <c>[batch, vocabulary]</c> → the same shape; what they forbid becomes −∞.
/// They equal the classes of Hugging Face's <c>generation/logits_process.py</c> that their summaries name.</summary>
public static class LogitProcessors
{
    /// <summary>All that a config asks for, in the order of Hugging Face's <c>generate</c>: repetition penalty, n-grams, fewest tokens; when sampling also
    /// temperature, top-k, top-p, min-p.</summary>
    /// <param name="scores">Raw logits.</param>
    /// <param name="seen">Tokens of prompt and answer so far <c>[batch, length]</c>; only read for penalty and n-grams.</param>
    /// <param name="config">Which to apply.</param>
    /// <param name="written">How many tokens each row has written so far.</param>
    public static Tensor Apply(Tensor scores, Tensor seen, GenerationConfig config, int written)
    {
        using var scope = NewDisposeScope();
        if (config.RepetitionPenalty != 1) scores = RepetitionPenalty(scores, seen, config.RepetitionPenalty);
        if (config.NoRepeatNgramSize > 0) scores = NoRepeatNgram(scores, seen, config.NoRepeatNgramSize);
        if (written < config.MinNewTokens && config.EosTokenIds.Length > 0)
            scores = Ban(scores, tensor([.. config.EosTokenIds.Select(id => (long)id)], device: scores.device));
        if (!config.DoSample) return scores.alias().MoveToOuterDisposeScope();
        if (config.Temperature != 1) scores = scores / Scalars.Keep(config.Temperature);
        if (config.TopK > 0) scores = TopK(scores, config.TopK);
        if (config.TopP < 1) scores = TopP(scores, config.TopP);
        if (config.MinP > 0) scores = MinP(scores, config.MinP);
        return scores.alias().MoveToOuterDisposeScope();
    }

    /// <summary>Makes tokens that were seen less likely. RepetitionPenaltyLogitsProcessor.</summary>
    public static Tensor RepetitionPenalty(Tensor scores, Tensor seen, double penalty)
    {
        using var scope = NewDisposeScope();
        var score = scores.gather(1, seen);
        return scores.scatter(1, seen, where(score.lt(Scalars.Keep(0)), score * Scalars.Keep(penalty), score / Scalars.Keep(penalty)))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Forbids what would complete a sequence of <paramref name="size"/> tokens that the row has already. NoRepeatNGramLogitsProcessor.</summary>
    public static Tensor NoRepeatNgram(Tensor scores, Tensor seen, int size)
    {
        using var scope = NewDisposeScope();
        var (rows, length) = ((int)seen.shape[0], (int)seen.shape[1]);
        if (length + 1 < size) return scores.alias().MoveToOuterDisposeScope();
        var ids = seen.cpu().contiguous().data<long>().ToArray();
        var banned = new List<long>();                                                         // flat places in [rows, vocabulary]
        for (var row = 0; row < rows; row++)
        {
            var written = ids.AsSpan(row * length, length);
            var last = written[(length - size + 1)..];
            for (var at = 0; at + size <= length; at++)
                if (written.Slice(at, size - 1).SequenceEqual(last)) banned.Add(row * scores.shape[1] + written[at + size - 1]);
        }
        if (banned.Count == 0) return scores.alias().MoveToOuterDisposeScope();
        return scores.flatten().index_fill(0, tensor(banned.ToArray(), device: scores.device), Scalars.Keep(double.NegativeInfinity)).view(scores.shape)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Keeps the k best, and all that equal the k-th. TopKLogitsWarper.</summary>
    public static Tensor TopK(Tensor scores, int k)
    {
        using var scope = NewDisposeScope();
        var kth = scores.topk((int)Math.Min(k, scores.shape[1]), dim: 1).values[.., ^1..];
        return scores.masked_fill(scores.lt(kth), Scalars.Keep(double.NegativeInfinity)).MoveToOuterDisposeScope();
    }

    /// <summary>Drops the unlikeliest as long as together they hold at most 1 − p. TopPLogitsWarper.</summary>
    public static Tensor TopP(Tensor scores, double p)
    {
        using var scope = NewDisposeScope();
        var (sorted, order) = scores.sort(dim: 1, descending: false);
        var drop = sorted.softmax(-1).cumsum(-1).le(Scalars.Keep(1 - p));
        drop[.., ^1..] = tensor(false);                                                        // the best always stays
        return scores.masked_fill(zeros_like(drop).scatter(1, order, drop), Scalars.Keep(double.NegativeInfinity)).MoveToOuterDisposeScope();
    }

    /// <summary>Drops what is less likely than a share of the likeliest. MinPLogitsWarper.</summary>
    public static Tensor MinP(Tensor scores, double minP)
    {
        using var scope = NewDisposeScope();
        var probabilities = scores.softmax(-1);
        return scores.masked_fill(probabilities.lt(probabilities.amax([1], keepdim: true).mul(Scalars.Keep(minP))), Scalars.Keep(double.NegativeInfinity))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Forbids tokens.</summary>
    /// <param name="scores"><c>[batch, vocabulary]</c>.</param>
    /// <param name="ids">Indexes <c>[banned]</c> int64.</param>
    public static Tensor Ban(Tensor scores, Tensor ids) => scores.index_fill(1, ids, Scalars.Keep(double.NegativeInfinity));
}
