using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Rewards of a generation batch and what follows from them.</summary>
/// <param name="Values">The advantage of each completion <c>[rows]</c>.</param>
/// <param name="Rewards">The weighted sum of rewards of each completion, NaN where nothing scored it <c>[rows]</c>.</param>
/// <param name="ZeroStd">Whether a completion's group (or batch) has rewards without any spread, so that nothing can be learnt from it <c>[rows]</c>
/// bool.</param>
public sealed record AdvantageResult(Tensor Values, Tensor Rewards, Tensor ZeroStd);

/// <summary>Group-relative advantages: a completion is good if it beats the others of its prompt. GRPO, arXiv 2402.03300, section 4.1.2; TRL 1.16
/// <c>_generate_and_score_completions</c>. Rewards that are NaN do not count.</summary>
public static class Advantages
{
    private const double Tiny = 1e-4;

    private static readonly IReadOnlyDictionary<string, Func<Tensor, int, Tensor>> Spreads = new Dictionary<string, Func<Tensor, int, Tensor>>
    {
        ["group"] = GroupStd,
        ["batch"] = (rewards, _) => Std(rewards.unsqueeze(0)).expand(rewards.shape[0], 1).squeeze(1),
        ["none"] = GroupStd,   // does not divide, but says which groups have no spread
    };

    private static readonly IReadOnlyDictionary<string, Func<Tensor, Tensor, int, string, AdvantageResult>> ByAggregation =
        new Dictionary<string, Func<Tensor, Tensor, int, string, AdvantageResult>>
    {
        ["sum_then_normalize"] = SumThenNormalize,
        ["normalize_then_sum"] = NormalizeThenSum,
    };

    /// <summary>Names of what rewards are divided by (TRL: scale_rewards).</summary>
    public static IEnumerable<string> Scales => Spreads.Keys;

    /// <summary>Names of ways to join several rewards (TRL: multi_objective_aggregation).</summary>
    public static IEnumerable<string> Aggregations => ByAggregation.Keys;

    /// <summary>Advantages of a generation batch.</summary>
    /// <param name="rewards">What each function gave each completion, NaN: not applicable <c>[rows, functions]</c> float32. Groups are neighbours.</param>
    /// <param name="weights">Weight of each function <c>[functions]</c>.</param>
    /// <param name="numGenerations">Completions of a group.</param>
    /// <param name="scale">One of <see cref="Scales"/>.</param>
    /// <param name="aggregation">One of <see cref="Aggregations"/>.</param>
    public static AdvantageResult Of(Tensor rewards, Tensor weights, int numGenerations, string scale = "group", string aggregation = "sum_then_normalize") =>
        ByAggregation[aggregation](rewards, weights, numGenerations, scale);

    /// <summary>Advantages of completions with one reward each: (r − mean of the group) / (standard deviation of the group + 10⁻⁴).</summary>
    /// <param name="rewards"><c>[rows]</c>, groups of <paramref name="numGenerations"/> neighbours.</param>
    /// <param name="numGenerations">Completions of a group.</param>
    public static Tensor GroupRelative(Tensor rewards, int numGenerations) => Relative(rewards, numGenerations, "group").Values;

    private static AdvantageResult SumThenNormalize(Tensor rewards, Tensor weights, int numGenerations, string scale) =>
        Relative(WeightedSum(rewards, weights, Unscored(rewards)), numGenerations, scale);

    private static AdvantageResult Relative(Tensor rewards, int numGenerations, string scale)
    {
        var mean = Mean(Groups(rewards, numGenerations)).expand(-1, numGenerations).flatten();              // [rows]
        var std = Spreads[scale](rewards, numGenerations);                                                  // [rows]
        var advantages = rewards - mean;
        if (scale != "none") advantages = advantages / std.Plus(Scalars.Keep(Tiny));
        return new(advantages.nan_to_num(nan: 0), rewards, IsZero(std));
    }

    private static AdvantageResult NormalizeThenSum(Tensor rewards, Tensor weights, int numGenerations, string scale)
    {
        var columns = rewards.t().contiguous().view(-1, numGenerations);                                    // [functions × groups, numGenerations]
        var normal = ((columns - Mean(columns)) / Std(columns).Plus(Scalars.Keep(Tiny))).view(rewards.shape[1], -1).t();   // [rows, functions]
        var sum = WeightedSum(normal, weights, unscored: Unscored(rewards));   // a group with one score adds 0
        var std = Spreads["batch"](sum, numGenerations);
        var advantages = (sum - Mean(sum.unsqueeze(0)).squeeze()) / std.Plus(Scalars.Keep(Tiny));
        return new(advantages.nan_to_num(nan: 0), WeightedSum(rewards, weights, Unscored(rewards)), IsZero(std));
    }

    /// <summary>Σ weight × reward over the functions that gave one; NaN for completions that none scored. <c>[rows]</c></summary>
    private static Tensor WeightedSum(Tensor rewards, Tensor weights, Tensor unscored) =>
        Known(rewards * weights.unsqueeze(0)).sum(1).masked_fill(unscored, Scalars.Keep(double.NaN));

    /// <summary>Which completions no function scored. <c>[rows]</c></summary>
    private static Tensor Unscored(Tensor rewards) => rewards.isnan().all(1);

    private static Tensor GroupStd(Tensor rewards, int numGenerations) => Std(Groups(rewards, numGenerations)).expand(-1, numGenerations).flatten();

    private static Tensor Groups(Tensor rewards, int numGenerations) => rewards.view(-1, numGenerations);

    /// <summary>Over what is not NaN. The mean of equal numbers is that number to the bit, whatever a sum of them rounds to: a group without spread has
    /// advantage 0.</summary>
    private static Tensor Mean(Tensor rows)
    {
        var (none, infinity) = (rows.isnan(), double.PositiveInfinity);
        var least = rows.masked_fill(none, Scalars.Keep(infinity)).amin([1L], keepdim: true);
        var most = rows.masked_fill(none, Scalars.Keep(-infinity)).amax([1L], keepdim: true);
        return where(least.eq(most), least, Known(rows).sum(1, keepdim: true) / Counts(rows));
    }

    /// <summary>With n − 1, over what is not NaN; NaN where fewer than two are left.</summary>
    private static Tensor Std(Tensor rows)
    {
        var counts = Counts(rows);
        var variance = Known(rows - Mean(rows)).pow(Scalars.Keep(2)).sum(1, keepdim: true) / counts * (counts / (counts - Scalars.Keep(1)));
        return variance.masked_fill(counts.lt(Scalars.Keep(2)), Scalars.Keep(double.NaN)).sqrt();
    }

    private static Tensor Known(Tensor values) => values.masked_fill(values.isnan(), Scalars.Keep(0));

    private static Tensor Counts(Tensor rows) => rows.isnan().logical_not().to(rows.dtype).sum(1, keepdim: true);

    private static Tensor IsZero(Tensor std) => std.abs().le(Scalars.Keep(1e-8));
}
