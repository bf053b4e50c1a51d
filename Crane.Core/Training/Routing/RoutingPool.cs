using Crane.Core.Benchmark;

namespace Crane.Core.Training.Routing;

/// <summary>What routing lessons may edit, lead to and name: the entities of one split of the benchmark, so that nothing of the other splits is ever an edit's
/// subject or target.</summary>
public sealed class RoutingPool
{
    private RoutingPool(IReadOnlyList<Country> countries, IReadOnlyList<Landmark> landmarks, IReadOnlyDictionary<string, string[]> values,
        IReadOnlySet<string> others)
    {
        (Countries, Landmarks, Values, Others) = (countries, landmarks, values, others);
        InPool = [.. landmarks.Where(l => countries.Any(c => c.Id == l.Country))];
    }

    /// <summary>Countries that are asked about and edited.</summary>
    public IReadOnlyList<Country> Countries { get; }

    /// <summary>Landmarks that are asked about and edited.</summary>
    public IReadOnlyList<Landmark> Landmarks { get; }

    /// <summary>Landmarks whose country is in the pool too.</summary>
    public IReadOnlyList<Landmark> InPool { get; }

    /// <summary>By attribute: the values that an edit may lead to.</summary>
    public IReadOnlyDictionary<string, string[]> Values { get; }

    /// <summary>Names of the other splits: no lesson has them as a subject or a target.</summary>
    public IReadOnlySet<string> Others { get; }

    /// <summary>The pool of a split.</summary>
    /// <param name="world">What the model knows.</param>
    /// <param name="split">train, dev or test.</param>
    /// <exception cref="ArgumentException">There is no such split.</exception>
    public static RoutingPool Of(NanoWorld world, string split)
    {
        var splits = ReasonEditBench.Splits(world);
        var own = splits.FirstOrDefault(s => s.Name == split)
            ?? throw new ArgumentException($"There is no split '{split}'; there are {string.Join(", ", splits.Select(s => s.Name))}.", nameof(split));
        return new(own.Known, own.Landmarks, own.Values, splits.Where(s => s != own)
            .SelectMany(s => s.Known.Concat(s.Unknown).Select(c => c.Name).Concat(s.Landmarks.Select(l => l.Name)).Concat(s.Values.Values.SelectMany(v => v)))
                .ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Everything that the model knows: for questions without a memory, which keep what it knows in use.</summary>
    public static RoutingPool Whole(NanoWorld world) =>
        new(world.Countries, world.Landmarks, Attributes.All.ToDictionary(a => a.Name, a => world.Countries.Select(c => a.Of(c)!).Distinct().ToArray()),
            new HashSet<string>());
}
