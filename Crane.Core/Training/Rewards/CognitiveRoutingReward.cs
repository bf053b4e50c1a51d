using Crane.Core.Text;
using Crane.Core.Training.Routing;

namespace Crane.Core.Training.Rewards;

/// <summary>A component with its name and weight.</summary>
/// <param name="Name">In logs and figures.</param>
/// <param name="Weight">Factor in the sum.</param>
/// <param name="Part">The function.</param>
public sealed record RewardTerm(string Name, double Weight, RewardPart Part)
{
    private const double Steps = 1024;

    /// <summary>The value in 0..1, in steps of 1/1024; null where it does not apply. With weights that are exact in binary, equal rewards then have a mean that
    /// is exactly
    /// theirs, so that a group of them gets advantages of 0 and is counted as one without spread.</summary>
    /// <exception cref="InvalidOperationException">The function gave a value outside 0..1, or not a number; it is named.</exception>
    public double? Of(RoutingContext context, Reasoning completion) => Part(context, completion) switch
    {
        null => null,
        >= 0 and <= 1 and var value => Math.Round(value * Steps) / Steps,
        var value => throw new InvalidOperationException($"The reward component '{Name}' gave {value} for the answer '{completion.Answer}'; a component is in 0..1, or null where it does not apply."),
    };
}

/// <summary>What a completion is worth, and why.</summary>
/// <param name="Total">Weighted sum of the components that apply.</param>
/// <param name="Parts">By name; null where a component does not apply.</param>
public sealed record RewardScore(double Total, IReadOnlyDictionary<string, double?> Parts);

/// <summary>The reward that teaches a model to arbitrate between what it sees and what was injected: a weighted sum of components, each of which is
/// logged.</summary>
/// <param name="Terms">The components.</param>
public sealed record CognitiveRoutingReward(IReadOnlyList<RewardTerm> Terms)
{
    /// <summary>The default weights, exact in binary: the route weighs as much as the answer, so that following the memory too readily does not pay.</summary>
    public static CognitiveRoutingReward Default { get; } = new(
    [
        new("format", 0.25, RoutingRewards.Format), new("answer", 1, RoutingRewards.Answer), new("route", 1, RoutingRewards.Route),
        new("chain", 0.25, RoutingRewards.Chain),
        new("length", 0.125, RoutingRewards.Length),
    ]);

    /// <summary>This reward with another weight of one component; 0 leaves it out of the sum and in the log.</summary>
    /// <exception cref="ArgumentException">There is no such component.</exception>
    public CognitiveRoutingReward With(string name, double weight) => Terms.Any(term => term.Name == name)
        ? new([.. Terms.Select(term => term.Name == name ? term with { Weight = weight } : term)])
        : throw new ArgumentException($"There is no component '{name}'; there are {string.Join(", ", Terms.Select(term => term.Name))}.", nameof(name));

    /// <summary>Scores a completion.</summary>
    public RewardScore Score(RoutingContext context, Reasoning completion)
    {
        var parts = Terms.Select(term => (term.Name, term.Weight, Value: term.Of(context, completion))).ToList();
        return new(parts.Sum(part => part.Weight * (part.Value ?? 0)), parts.ToDictionary(part => part.Name, part => part.Value));
    }
}
