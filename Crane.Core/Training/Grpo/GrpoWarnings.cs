namespace Crane.Core.Training.Grpo;

/// <summary>Signs that a run goes wrong, said once until they pass.</summary>
public sealed class GrpoWarnings
{
    private const double CollapsedShare = 0.1, CollapsedNats = 0.02;

    private sealed record Sign(string Metric, Func<double, GrpoWarnings, bool> Shows, string Advice);

    private static readonly Sign[] Signs =
    [
        new("frac_reward_zero_std", (share, _) => share >= 1,
            "All completions of every prompt were rewarded alike, so nothing is learnt from them. Is the reward too coarse, or the task too easy or too hard? "
            + "More generations, a higher temperature or a graded reward help."),
        new("completions/clipped_ratio", (share, _) => share >= 1,
            "Every completion was cut off at max_completion_length: rewards judge halves. Raise it, or train the form first (SFT), so that completions end."),
        new("entropy", (nats, warnings) => nats < CollapsedNats || nats < warnings.firstEntropy * CollapsedShare,
            "The policy's entropy has collapsed: it writes nearly the same every time and explores no more. Lower the learning rate, raise epsilon_high or "
            + "entropy_coef, or set beta."),
    ];

    private readonly HashSet<string> said = [];
    private double firstEntropy = double.NaN;

    /// <summary>What is to be said about the numbers of a step.</summary>
    /// <param name="metrics">Under TRL's names; those that a step lacks change nothing.</param>
    public IReadOnlyList<string> Of(IReadOnlyDictionary<string, double> metrics)
    {
        if (double.IsNaN(firstEntropy) && metrics.TryGetValue("entropy", out var entropy)) firstEntropy = entropy;
        var fresh = new List<string>();
        foreach (var sign in Signs.Where(sign => metrics.ContainsKey(sign.Metric)))
            if (!sign.Shows(metrics[sign.Metric], this)) said.Remove(sign.Metric);
            else if (said.Add(sign.Metric)) fresh.Add(sign.Advice);
        return fresh;
    }
}
