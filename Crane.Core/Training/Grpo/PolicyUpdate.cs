using Crane.Core.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Observers of a step.</summary>
/// <param name="Micro">Loss, log-probabilities and entropies <c>[rows, tokens]</c> of each micro batch; the tensors are valid during the call.</param>
/// <param name="BeforeUpdate">The step whose gradient is complete and not clipped.</param>
/// <param name="AfterUpdate">The step whose weights have moved.</param>
internal sealed record GrpoWatch(Action<double, Tensor, Tensor>? Micro = null, Action<int>? BeforeUpdate = null, Action<int>? AfterUpdate = null);

/// <summary>The second half of GRPO: micro batches → gradients → one optimiser step.</summary>
internal sealed class PolicyUpdate(CausalModel model, IReadOnlyList<Parameter> learnt, GrpoConfig config, int padId, GrpoWatch? watch = null)
{
    private double entropySum, entropyTokens;

    /// <summary>Tokens that went through a pass with gradient.</summary>
    public long TokensTrained { get; private set; }

    /// <summary>Forgets the gradients of the step before.</summary>
    public void Begin()
    {
        foreach (var parameter in learnt) parameter.grad = null;
        (entropySum, entropyTokens) = (0, 0);
    }

    /// <summary>Adds the gradient of a micro batch. Rows of advantage 0 are scored without gradient where nothing but the advantage could teach: zero-variance
    /// groups
    /// cost a third.</summary>
    /// <returns>The loss, divided for accumulation.</returns>
    public double Accumulate(IReadOnlyList<ScoredRow> rows, Func<int, EncodedPrompt> promptOf, LossScale scale, EntropyBonus bonus, TrainingLog log)
    {
        using var scope = NewDisposeScope();
        var teachesAlways = config.Beta != 0 || EntropyBonus.IsOn(config);
        PolicyRow[] scored = [.. rows.Select(row =>
            new PolicyRow(promptOf(row.Prompt), row.Ids, Learns: teachesAlways || row.Advantage != 0, Counts: row.Counts))];
        var (logProbs, entropies) = TokenLogProbs.Of(model, scored, config.Temperature, padId);
        if (!EntropyBonus.IsOn(config)) entropies = entropies.detach();
        var batch = PolicyScores.Batch(rows, scale.NumItemsInBatch, config, model.Device);
        var result = GrpoLoss.Of(logProbs, entropies, batch, config, scale, bonus.Applied(config));
        if (result.Loss.requires_grad) result.Loss.backward();
        foreach (var (name, value) in result.Metrics) log.Add(name, value);
        (entropySum, entropyTokens) = (entropySum + result.EntropySum, entropyTokens + result.EntropyTokens);
        TokensTrained += scored.Where(row => row.Learns && row.Counts).Sum(row => (long)row.Prompt.Ids.Length + row.Completion.Length);
        var loss = result.Loss.item<float>();
        watch?.Micro?.Invoke(loss, logProbs, entropies);
        return loss;
    }

    /// <summary>Clips the gradient and moves the weights. Where no row taught anything the gradient is 0, as in PyTorch: the optimiser's momentum still moves
    /// them.</summary>
    /// <returns>Norm of the gradient before clipping.</returns>
    public double Step(AdamW optimizer, double learningRate)
    {
        using var scope = NewDisposeScope();
        if (learnt.All(parameter => parameter.grad is null))
            foreach (var parameter in learnt) parameter.grad = zeros_like(parameter).DetachFromDisposeScope();
        var norm = nn.utils.clip_grad_norm_(learnt.Where(parameter => parameter.grad is not null), config.MaxGradNorm > 0 ? config.MaxGradNorm
            : double.PositiveInfinity);
        optimizer.Step(learningRate);
        return norm;
    }

    /// <summary>The bonus of the next step.</summary>
    public EntropyBonus Next(EntropyBonus bonus) => bonus.After(entropySum / Math.Max(1, entropyTokens), config);
}
