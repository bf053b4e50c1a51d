using System.Text.Json;
using Crane.Core.Training.Grpo;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class AdvantageParityTests
{
    private const string File = "trl/grpo_advantages.json";

    public static TheoryData<int, string> Cases() => GoldenRecord.Cases(File);

    [Theory, MemberData(nameof(Cases))]
    public void Of_StoredRewards_GivesTrlsAdvantagesAndMetrics(int index, string name)
    {
        using var scope = NewDisposeScope();
        var all = GoldenRecord.Open("trl", "grpo_advantages.json");
        var ids = all["completion_ids"].EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray()).ToArray();
        var golden = GoldenRecord.Case(File, index).Ignore("name");
        double[][] columns = [.. golden["rewards"].EnumerateArray()
            .Select(column => column.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN).ToArray())];
        float[] weights = golden.IsNull("reward_weights") || golden["reward_weights"].EnumerateArray().Any(w => w.ValueKind == JsonValueKind.Null)
            ? [.. columns.Select(_ => 1f)] : [.. golden.Numbers("reward_weights").Select(w => (float)w)];
        var rewards = tensor([.. columns.SelectMany(column => column).Select(value => (float)value)], [columns.Length, ids.Length]).t().contiguous();
        var result = Advantages.Of(rewards, tensor(weights), golden.Integer("num_generations"), golden.Text("scale_rewards"),
            golden.Text("multi_objective_aggregation"));
        golden.Close("advantages", result.Values.data<float>().Select(v => (double)v), relative: 1e-6,   // float32: some rewards are in the thousands
            absolute: MeanIsRounded(columns, golden.Integer("num_generations")) ? 2e-3
                : name.StartsWith("tiny_spread", StringComparison.Ordinal) ? 1e-4 : 1e-5);
        bool[] terminated = [.. ids.Select(row => row[^1] == all.Integer("eos_token_id") || row[^1] == all.Integer("pad_token_id"))];
        Assert.Equal(golden.Integer("num_items_in_batch"), ids.Sum(row => row.Length));
        var metrics = golden.Child("metrics");
        var found = RolloutMetrics.Lengths([.. ids.Select(row => row.Length)], terminated)
            .Concat(RolloutMetrics.Rewards(rewards, [.. columns.Index().Select(c => $"reward_{c.Index}")], result)).ToDictionary();
        found["num_tokens"] = ids.Sum(row => row.Length) + 2 * ids.Length;   // each prompt of these cases has two tokens
        Assert.Equal(metrics.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach (var (metric, value) in found)
            metrics.Close(metric, value, relative: 1e-5, absolute: name.StartsWith("tiny_spread", StringComparison.Ordinal) ? 1e-4 : 1e-6);
        golden.AssertAllRead();
    }

    /// <summary>Three equal numbers, the fourth not applicable: a third of their sum in float32 may not be that number. TRL then has a small advantage where
    /// nothing differs; here the mean of equal numbers is that number.</summary>
    private static bool MeanIsRounded(double[][] columns, int generations) => columns.SelectMany(column => column.Chunk(generations))
        .Select(group => group.Where(value => !double.IsNaN(value)).Select(value => (float)value).ToArray())
        .Any(known => known.Distinct().Count() == 1 && known.Aggregate(0f, (sum, value) => sum + value) / known.Length != known[0]);
}
