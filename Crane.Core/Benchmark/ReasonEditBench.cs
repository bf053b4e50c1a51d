using Crane.Core.Vision;

namespace Crane.Core.Benchmark;

/// <summary>The three files of the benchmark.</summary>
/// <param name="Train">For training and calibration.</param>
/// <param name="Dev">For choosing hyper-parameters.</param>
/// <param name="Test">For results alone.</param>
public sealed record BenchmarkSets(IReadOnlyList<BenchmarkEdit> Train, IReadOnlyList<BenchmarkEdit> Dev, IReadOnlyList<BenchmarkEdit> Test)
{
    /// <summary>Names and edits, in order.</summary>
    public IEnumerable<(string Name, IReadOnlyList<BenchmarkEdit> Edits)> All => [("train", Train), ("dev", Dev), ("test", Test)];
}

/// <summary>Makes ReasonEdit-Bench from the world. Everything follows from world and seed.</summary>
public static class ReasonEditBench
{
    /// <summary>Seed of the shipped files.</summary>
    public const int ShippedSeed = 1;

    private const double LeastDistance = 0.05;

    /// <summary>Generates train, dev and test. They share no edited entity and no target.</summary>
    /// <param name="world">Entities, facts and pictures.</param>
    /// <param name="seed">Fixes every choice.</param>
    /// <param name="embed">Embedding of a picture (any length, the same for all): hard picture neighbours are then the nearest by pixels and by embedding in
    /// turn.
    /// null, as in the shipped files: by pixels.</param>
    public static BenchmarkSets Generate(NanoWorld world, int seed = ShippedSeed, Func<Picture, float[]>? embed = null)
    {
        var nearness = new Nearness(world, embed);
        var splits = Splits(world, seed, nearness);
        BenchmarkSplit[] seen = [];
        var sets = new List<IReadOnlyList<BenchmarkEdit>>();
        foreach (var split in splits)
        {
            seen = [.. seen, split];
            var edits = new EditPlan(world, split, Seeds.Random(seed, 1, sets.Count)).Edits;
            var pool = new ProbePool([.. seen.SelectMany(s => s.Known)], [.. seen.SelectMany(s => s.Landmarks)], nearness);
            sets.Add(new ProbeWriter(world, split, edits, pool, Seeds.Random(seed, 2, sets.Count)).Write());
        }
        return new(sets[0], sets[1], QuickSubset.Mark(sets[2], Seeds.Random(seed, 3)));
    }

    /// <summary>What each of the generated files may edit and lead to: train, dev and test.</summary>
    internal static BenchmarkSplit[] Splits(NanoWorld world, int seed = ShippedSeed, Nearness? nearness = null) =>
        BenchmarkSplits.Of(world, Unknown(world, nearness ?? new(world, null)), Seeds.Random(seed, 0));

    /// <summary>Writes train.jsonl, dev.jsonl, test.jsonl and the data card README.md.</summary>
    /// <param name="sets">The edits.</param>
    /// <param name="folder">Where they go.</param>
    /// <param name="strata">Measured strata, reported in the card; null: none are.</param>
    public static void Save(BenchmarkSets sets, string folder, StrataFile? strata = null)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, edits) in sets.All) BenchmarkFile.Write(Path.Combine(folder, name + ".jsonl"), edits);
        AtomicFile.WriteAllText(Path.Combine(folder, "README.md"), BenchmarkCard.Write(sets, strata));
    }

    /// <summary>Countries that the nano model never met and whose flag is no other's: territories often fly one that is.</summary>
    private static Country[] Unknown(NanoWorld world, Nearness nearness)
    {
        var known = world.Countries.Select(c => c.Id).ToHashSet();
        var withFlag = world.World.Countries.Where(c => world.Pictures.Flags(c.Id).Count == World.FlagStyles.Count).ToArray();
        return [.. withFlag.Where(c => !known.Contains(c.Id) && withFlag.All(o => o == c || nearness.Flags(c, o) > LeastDistance))];
    }
}
