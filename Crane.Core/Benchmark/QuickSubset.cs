namespace Crane.Core.Benchmark;

/// <summary>Marks sixty edits of the test set that stand for all: a fixed number of each kind.</summary>
internal static class QuickSubset
{
    private static readonly (string Kind, bool ByConstruction, int Count)[] Shares =
        [("flag", false, 18), ("flag", true, 6), ("landmark", false, 12), ("attribute", false, 16), ("attribute", true, 3), ("place", false, 5)];

    public static IReadOnlyList<BenchmarkEdit> Mark(IReadOnlyList<BenchmarkEdit> edits, Random random)
    {
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (kind, byConstruction, count) in Shares)
        {
            var candidates = edits.Where(e => e.Kind == kind && e.Expected is not null == byConstruction).Select(e => e.Id).ToArray();
            random.Shuffle(candidates);
            chosen.UnionWith(candidates.Take(count));
        }
        return [.. edits.Select(edit => edit with { Quick = chosen.Contains(edit.Id) })];
    }
}
