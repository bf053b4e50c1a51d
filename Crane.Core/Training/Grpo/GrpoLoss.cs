using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>The loss of a micro batch.</summary>
/// <param name="Loss">A scalar with gradient, already divided for accumulation.</param>
/// <param name="Metrics">Numbers under TRL's names.</param>
/// <param name="EntropySum">Sum of the entropies of the tokens that the bonus acts on.</param>
/// <param name="EntropyTokens">Their number.</param>
public sealed record LossResult(Tensor Loss, IReadOnlyList<KeyValuePair<string, double>> Metrics, double EntropySum, double EntropyTokens);

/// <summary>The loss of GRPO and its kin, put together from the parts of this folder as TRL 1.16's <c>_compute_loss</c> does:
/// surrogate × off-policy mask × entropy mask × sampler ratio + β KL, reduced, minus the entropy bonus.</summary>
public static class GrpoLoss
{
    /// <summary>The loss.</summary>
    /// <param name="logProbs">log π of each token, with gradient, 0 at padding <c>[rows, tokens]</c>.</param>
    /// <param name="entropies">Entropy of each token's distribution, with gradient where the bonus is on <c>[rows, tokens]</c>.</param>
    /// <param name="batch">Masks, advantages, log-probabilities of other policies.</param>
    /// <param name="config">Which loss and how.</param>
    /// <param name="scale">Where the micro batch stands in its step.</param>
    /// <param name="entropyCoefficient">Weight of the entropy bonus in this step (<see cref="EntropyBonus.Applied"/>).</param>
    /// <exception cref="ArgumentException">beta is above 0 and the batch has no reference log-probabilities.</exception>
    public static LossResult Of(Tensor logProbs, Tensor entropies, PolicyBatch batch, GrpoConfig config, LossScale scale, double entropyCoefficient = 0)
    {
        using var scope = NewDisposeScope();
        var (type, mask) = (config.Loss, batch.Mask);
        var advantages = batch.Advantages.dim() == 1 ? batch.Advantages.unsqueeze(1) : batch.Advantages;                // [rows, 1 or tokens]
        var old = batch.OldLogProbs ?? logProbs.detach();
        var logRatio = logProbs - old;
        var ratio = ImportanceRatio.Levels[config.ImportanceSamplingLevel](logRatio, mask).exp();                       // [rows, 1 or tokens]
        var surrogate = type.Surrogate(new(logProbs, logRatio, ratio, advantages, mask, batch.SamplerRatio), config);
        var loss = surrogate.PerToken;
        if (config.OffPolicyMaskThreshold is { } threshold)
            loss = loss * OffPolicyMask.Of(advantages, logProbs, batch.SamplingLogProbs ?? old, mask, threshold);
        var entropyMask = config.TopEntropyQuantile < 1 ? EntropyMask.Of(entropies, mask, config.TopEntropyQuantile) : null;
        if (entropyMask is not null) loss = loss * entropyMask;
        if (batch.SamplerRatio is not null && !type.CorrectsSampler) loss = loss * batch.SamplerRatio;
        var metrics = new List<KeyValuePair<string, double>>();
        void Report(string name, Tensor value) => metrics.Add(new(name, value.to(float64).item<double>()));
        if (config.Beta != 0)
        {
            if (batch.RefLogProbs is null)
                throw new ArgumentException($"beta is {config.Beta}, but the batch has no reference log-probabilities.", nameof(batch));
            var kl = KlEstimators.K3(logProbs, batch.RefLogProbs);
            if (config.UseBiasCorrectionKl) kl = kl * ratio;
            loss = loss.Plus(kl * Scalars.Keep(config.Beta));
            Report("kl", Masked.Mean(kl.detach(), mask));
        }
        var reduced = type.Reduce(loss, mask, config, scale);
        var total = type.DividesByParts ? reduced / Scalars.Keep((double)scale.Parts) : reduced;
        var active = entropyMask is null ? mask : mask * entropyMask;
        var (entropySum, entropyTokens) = ((entropies * active).sum(), active.sum().to(entropies.dtype));
        if (EntropyBonus.IsOn(config))
        {
            Report("policy_loss", reduced.detach());
            total = total - entropySum / entropyTokens.clamp(min: Scalars.Keep(1)) / Scalars.Keep((double)scale.Parts) * Scalars.Keep(entropyCoefficient);
        }
        Report("entropy", Masked.Mean(entropies.detach(), mask));
        foreach (var (name, values, summary) in surrogate.Observations) Report(name, summary(values.detach(), mask));
        return new(total.MoveToOuterDisposeScope(), metrics, entropySum.to(float64).item<double>(), entropyTokens.to(float64).item<double>());
    }
}
