namespace Crane.Core.Memory;

/// <summary>Joins rankings whose scores cannot be compared.</summary>
public static class RankFusion
{
    /// <summary>Reciprocal rank fusion: Σ over the rankings of 1 / (k + rank), ranks from 1 (Cormack, Clarke, Büttcher 2009; ranx <c>rrf</c>).</summary>
    /// <param name="rankings">Each is put in the order of its scores first, equal ones as they stand.</param>
    /// <param name="k">Damps the first ranks, above 0.</param>
    /// <returns>All ids of all rankings, best first, equal ones in the order in which they are met.</returns>
    /// <exception cref="ArgumentException">A ranking names an id twice.</exception>
    public static IReadOnlyList<Hit> Reciprocal(IEnumerable<IEnumerable<Hit>> rankings, double k = 60)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        var totals = new OrderedDictionary<string, double>();
        foreach (var ranking in rankings)
        {
            var seen = new HashSet<string>();
            foreach (var hit in ranking.OrderByDescending(h => h.Score))
            {
                if (!seen.Add(hit.Id)) throw new ArgumentException($"A ranking names '{hit.Id}' twice.", nameof(rankings));
                totals[hit.Id] = totals.GetValueOrDefault(hit.Id) + 1 / (k + seen.Count);
            }
        }
        return [.. totals.Select(t => new Hit(t.Key, t.Value)).OrderByDescending(h => h.Score)];
    }
}
