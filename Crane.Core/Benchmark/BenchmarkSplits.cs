namespace Crane.Core.Benchmark;

/// <summary>One split: what is edited in it, and what edits lead to.</summary>
/// <param name="Name">train, dev or test.</param>
/// <param name="Known">Countries that the nano model knows.</param>
/// <param name="Unknown">Countries that it never met.</param>
/// <param name="Landmarks">Landmarks.</param>
/// <param name="Values">Values of each attribute that textual edits may lead to.</param>
internal sealed record BenchmarkSplit(string Name, Country[] Known, Country[] Unknown, Landmark[] Landmarks, IReadOnlyDictionary<string, string[]> Values);

/// <summary>Parts the world into train, dev and test: 48, 12 and 40 per cent of the known countries, of the unknown ones, and of the landmarks.</summary>
internal static class BenchmarkSplits
{
    private static readonly string[] Names = ["train", "dev", "test"];

    /// <summary>The three splits. A name belongs to one split alone, whatever it names: "Japanese" is a language and a demonym.</summary>
    public static BenchmarkSplit[] Of(NanoWorld world, IReadOnlyList<Country> unknown, Random random)
    {
        var known = Part(world.Countries, random);
        var unseen = Part(unknown, random);
        var landmarks = Part(world.Landmarks, random);
        var owner = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var s = 0; s < Names.Length; s++)
        {
            foreach (var country in known[s].Concat(unseen[s])) owner.TryAdd(country.Name, s);
            foreach (var landmark in landmarks[s]) owner.TryAdd(landmark.Name, s);
        }
        var holders = known.SelectMany((countries, s) => countries.Select(country => (Country: country, Split: s))).ToArray();
        random.Shuffle(holders);
        foreach (var attribute in Attributes.All)
            foreach (var (country, s) in holders) owner.TryAdd(attribute.Of(country)!, s);   // the first holder takes the value with it
        return [.. Names.Select((name, s) => new BenchmarkSplit(name, known[s], unseen[s], landmarks[s], Attributes.All.ToDictionary(a => a.Name,
            a => world.Countries.Select(c => a.Of(c)!).Where(value => owner[value] == s).Distinct().Order(StringComparer.Ordinal).ToArray())))];
    }

    private static T[][] Part<T>(IReadOnlyList<T> items, Random random)
    {
        var shuffled = items.ToArray();
        random.Shuffle(shuffled);
        var (test, dev) = (shuffled.Length * 40 / 100, shuffled.Length * 12 / 100);
        return [shuffled[(test + dev)..], shuffled[test..(test + dev)], shuffled[..test]];
    }
}
