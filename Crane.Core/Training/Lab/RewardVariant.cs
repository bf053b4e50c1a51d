using Crane.Core.Training.Rewards;

namespace Crane.Core.Training.Lab;

/// <summary>A reward that is tried out.</summary>
/// <param name="Name">In tables, and in the name of its run's folder.</param>
/// <param name="Reward">What is paid.</param>
/// <param name="Idea">What it leaves out or changes, in a few words.</param>
public sealed record RewardVariant(string Name, CognitiveRoutingReward Reward, string Idea = "")
{
    /// <summary>The most that a completion can earn.</summary>
    public double Best => Reward.Terms.Sum(term => term.Weight);

    /// <summary>What the lab compares: the reward as it is, and what becomes of it when a part is left out or weighs too much.</summary>
    public static IReadOnlyList<RewardVariant> Shipped { get; } =
    [
        new("full", CognitiveRoutingReward.Default, "the Cognitive Routing Reward as it is"),
        new("no route", Weighted(("route", 0)), "nothing is paid for following the right entries"),
        new("outcome only", Weighted(("route", 0), ("chain", 0), ("length", 0)), "form and answer, whatever the chain says"),
        new("route only", Weighted(("format", 0), ("answer", 0), ("chain", 0), ("length", 0)), "the decisions, whatever the answer is"),
        new("heavy length", Weighted(("length", 4)), "the guarded length term weighs more than all others"),
    ];

    /// <summary>The default reward with other weights; a component of weight 0 is logged and not paid.</summary>
    /// <exception cref="ArgumentException">There is no such component.</exception>
    public static CognitiveRoutingReward Weighted(params (string Component, double Weight)[] weights) =>
        weights.Aggregate(CognitiveRoutingReward.Default, (reward, w) => reward.With(w.Component, w.Weight));
}
