using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>How far another sampler is from the policy, under TRL's names.</summary>
internal static class SamplerMetrics
{
    /// <summary>Differences of log-probabilities and bounds of the ratio over the tokens that count; nothing where the sampler's are not known.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Of(PolicyBatch batch)
    {
        if (batch.OldLogProbs is null || batch.SamplingLogProbs is null) return [];
        using var scope = NewDisposeScope();
        var counts = batch.Mask.ne(Scalars.Keep(0));
        static double Number(Tensor value) => value.item<float>();
        var difference = (batch.OldLogProbs - batch.SamplingLogProbs).abs().masked_select(counts);
        List<KeyValuePair<string, double>> metrics = [new("sampling/sampling_logp_difference/mean", Number(difference.mean())),
            new("sampling/sampling_logp_difference/max", Number(difference.max()))];
        if (batch.SamplerRatio is not { } ratio) return metrics;
        var ratios = ratio.shape[1] == 1 ? ratio.flatten() : ratio.masked_select(counts);
        return [.. metrics, new("sampling/importance_sampling_ratio/min", Number(ratios.min())),
            new("sampling/importance_sampling_ratio/mean", Number(ratios.mean())), new("sampling/importance_sampling_ratio/max", Number(ratios.max()))];
    }
}
