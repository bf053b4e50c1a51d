using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Between rows of plain numbers and the tensors of a loss.</summary>
internal static class PolicyScores
{
    /// <summary>log-probabilities without gradient, one array a row as long as its completion.</summary>
    /// <param name="model">The policy or the reference.</param>
    /// <param name="rows">Completions with their prompts.</param>
    /// <param name="batchSize">Rows that are scored at once.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="padId">Fills short rows.</param>
    public static float[][] Of(CausalModel model, IReadOnlyList<PolicyRow> rows, int batchSize, double temperature, int padId)
    {
        using var none = no_grad();
        var scores = new List<float[]>();
        foreach (var chunk in rows.Chunk(batchSize))
        {
            using var scope = NewDisposeScope();
            var logProbs = TokenLogProbs.Of(model, [.. chunk.Select(row => row with { Learns = false })], temperature, padId).LogProbs;
            var width = (int)logProbs.shape[1];
            var numbers = logProbs.cpu().data<float>().ToArray();
            scores.AddRange(chunk.Select((row, i) => numbers.AsSpan(i * width, row.Completion.Length).ToArray()));
        }
        return [.. scores];
    }

    /// <summary>A micro batch as tensors.</summary>
    public static PolicyBatch Batch(IReadOnlyList<ScoredRow> rows, long numItems, GrpoConfig config, Device device)
    {
        var width = rows.Max(row => row.Ids.Length);
        Tensor Pad(Func<ScoredRow, IEnumerable<float>> values, float fill) =>
            tensor([.. rows.SelectMany(row => values(row).Concat(Enumerable.Repeat(fill, width - row.Ids.Length)))], [rows.Count, width], device: device);
        Tensor? Known(Func<ScoredRow, float[]?> values) => rows.Any(row => values(row) is null) ? null : Pad(row => values(row)!, 0);
        var mask = Pad(row => Enumerable.Repeat(row.Counts ? 1f : 0f, row.Ids.Length), 0).to(int64);
        var (old, sampling) = (Known(row => row.OldLogProbs), Known(row => row.SamplingLogProbs));
        var corrects = config.VllmImportanceSamplingCorrection && old is not null && sampling is not null;
        return new()
        {
            CompletionMask = mask, NumItemsInBatch = numItems, OldLogProbs = old, SamplingLogProbs = sampling, RefLogProbs = Known(row => row.RefLogProbs),
            Advantages = tensor([.. rows.Select(row => row.Advantage)], device: device),
            SamplerRatio = corrects ? SamplerRatio.Of(old!, sampling!, mask, config.VllmImportanceSamplingMode, config.VllmImportanceSamplingClipMin,
                config.VllmImportanceSamplingClipMax) : null,
        };
    }
}
