using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>What TRL logs about a generation batch, under its names.</summary>
public static class RolloutMetrics
{
    /// <summary>Lengths of completions, and of those that ended by themselves (0 where none did).</summary>
    public static IEnumerable<KeyValuePair<string, double>> Lengths(IReadOnlyList<int> lengths, IReadOnlyList<bool> terminated)
    {
        int[] ended = [.. lengths.Where((_, i) => terminated[i])];
        return
        [
            new("completions/mean_length", lengths.Average()),
            new("completions/min_length", lengths.Min()),
            new("completions/max_length", lengths.Max()),
            new("completions/clipped_ratio", 1 - (double)ended.Length / lengths.Count),
            new("completions/mean_terminated_length", ended.DefaultIfEmpty(0).Average()),
            new("completions/min_terminated_length", ended.DefaultIfEmpty(0).Min()),
            new("completions/max_terminated_length", ended.DefaultIfEmpty(0).Max()),
        ];
    }

    /// <summary>Means and standard deviations of each reward, before weights, and of their sum over the whole batch; the share of completions whose group has
    /// no
    /// spread.</summary>
    /// <param name="rewards"><c>[rows, functions]</c>, NaN where a function does not apply.</param>
    /// <param name="names">Of the functions.</param>
    /// <param name="advantages">What was made of them.</param>
    public static IEnumerable<KeyValuePair<string, double>> Rewards(Tensor rewards, IReadOnlyList<string> names, AdvantageResult advantages)
    {
        var metrics = new List<KeyValuePair<string, double>>();
        foreach (var (i, name) in names.Index())
        {
            var (mean, std) = MeanAndStd(rewards[.., i]);
            metrics.Add(new($"rewards/{name}/mean", mean));
            metrics.Add(new($"rewards/{name}/std", std));
        }
        var (all, spread) = MeanAndStd(advantages.Rewards);
        return [.. metrics, new("reward", all), new("reward_std", spread), new("frac_reward_zero_std", advantages.ZeroStd.to(float32).mean().item<float>())];
    }

    /// <summary>Of what is not NaN, with n − 1; NaN where too few are left.</summary>
    private static (double Mean, double Std) MeanAndStd(Tensor values)
    {
        double[] known = [.. values.to(float64).cpu().data<double>().Where(v => !double.IsNaN(v))];
        if (known.Length == 0) return (double.NaN, double.NaN);
        var mean = known.Average();
        return (mean, known.Length < 2 ? double.NaN : Math.Sqrt(known.Sum(v => (v - mean) * (v - mean)) / (known.Length - 1)));
    }
}
