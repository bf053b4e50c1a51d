using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>What rewards say about a batch of rollouts.</summary>
/// <param name="Advantages">How much better than its group each is.</param>
/// <param name="Metrics">Lengths and rewards under TRL's names.</param>
/// <param name="Records">The rollouts for a log, without their step.</param>
internal sealed record RolloutScores(float[] Advantages, IReadOnlyList<KeyValuePair<string, double>> Metrics, IReadOnlyList<RolloutRecord> Records)
{
    /// <summary>Scores rollouts.</summary>
    /// <param name="rollouts">Groups of <paramref name="generations"/> neighbours.</param>
    /// <param name="prompts">Index of each one's prompt.</param>
    /// <param name="lengths">Tokens of each.</param>
    /// <param name="rewards">What judges them.</param>
    /// <param name="generations">Rollouts of a group.</param>
    /// <param name="config">Weights and how to normalise.</param>
    public static RolloutScores Of(Rollout[] rollouts, int[] prompts, int[] lengths, IReadOnlyList<RewardFunction> rewards, int generations, GrpoConfig config)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        double[][] given = [.. rewards.Select(reward => reward.Apply(rollouts))];                                       // [functions][rows]
        var matrix = tensor([.. given.SelectMany(column => column).Select(value => (float)value)], [rewards.Count, rollouts.Length]).t().contiguous();
        var weights = tensor([.. (config.RewardWeights ?? [.. rewards.Select(_ => 1.0)]).Select(w => (float)w)]);
        var advantages = Grpo.Advantages.Of(matrix, weights, generations, config.ScaleRewards, config.MultiObjectiveAggregation);
        if (config.CustomAdvantages is { } own) advantages = advantages with { Values = Checked(own(matrix, weights, generations), rollouts.Length) };
        var (values, sums) = (advantages.Values.data<float>().ToArray(), advantages.Rewards.data<float>().ToArray());
        return new(values,
            [.. RolloutMetrics.Lengths(lengths, [.. rollouts.Select(r => r.Terminated)]),
                .. RolloutMetrics.Rewards(matrix, [.. rewards.Select(r => r.Name)], advantages)],
            [.. rollouts.Select((r, i) => new RolloutRecord(0, prompts[i], r.Prompt.Question.Text, r.Text, lengths[i], r.Terminated,
                rewards.Index().ToDictionary(reward => reward.Item.Name, reward => Known(given[reward.Index][i])), Known(sums[i]), values[i]))]);
    }

    private static Tensor Checked(Tensor own, int rows) => own.shape.SequenceEqual([rows]) && own.isfinite().all().item<bool>() ? own.to(float32).cpu()
        : throw new InvalidOperationException($"CustomAdvantages gave [{string.Join(", ", own.shape)}]{(own.isfinite().all().item<bool>() ? "" : " with "
            + "values that are not finite")} for {rows} completions; it must give one finite number each, [{rows}].");

    private static double? Known(double value) => double.IsNaN(value) ? null : value;
}
