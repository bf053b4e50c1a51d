namespace Crane.Core.Training.Grpo;

/// <summary>Judges completions.</summary>
/// <param name="Name">Under which it is logged: <c>rewards/NAME/mean</c>.</param>
/// <param name="Score">One value a rollout, in their order; null where it does not apply. Gets the whole generation batch, groups of one prompt as
/// neighbours.</param>
public sealed record RewardFunction(string Name, Func<IReadOnlyList<Rollout>, IReadOnlyList<double?>> Score)
{
    /// <summary>A reward that looks at one completion at a time.</summary>
    public static RewardFunction Each(string name, Func<Rollout, double?> score) => new(name, rollouts => [.. rollouts.Select(score)]);

    /// <summary>The scores, NaN where it does not apply.</summary>
    /// <exception cref="InvalidOperationException">It threw, gave another number of values, or one that is infinite or not a number; reward and place are
    /// named. TRL takes NaN for "does
    /// not apply", but a NaN is nearly always a division that nobody looked at; here null says it.</exception>
    internal double[] Apply(IReadOnlyList<Rollout> rollouts)
    {
        IReadOnlyList<double?> scores;
        try { scores = Score(rollouts); }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidOperationException($"Reward '{Name}' threw {e.GetType().Name}: {e.Message}", e);
        }
        if (scores is null || scores.Count != rollouts.Count)
            throw new InvalidOperationException($"Reward '{Name}' gave {scores?.Count.ToString() ?? "no list of"} values for {rollouts.Count} completions; it "
                + "must give one each, null where it does not apply.");
        for (var i = 0; i < scores.Count; i++)
            if (scores[i] is { } value && !double.IsFinite(value))
                throw new InvalidOperationException(
                    $"Reward '{Name}' gave {value} for completion {i} (\"{Short(rollouts[i].Text)}\"); "
                    + "it must be a finite number, or null where it does not apply.");
        return [.. scores.Select(score => score ?? double.NaN)];
    }

    private static string Short(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
