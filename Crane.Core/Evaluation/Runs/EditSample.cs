using Crane.Core.Benchmark;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Edits drawn in proportion to their kinds and strata. The order is fixed by the seed, so that a larger sample contains every smaller one.</summary>
public static class EditSample
{
    /// <summary>All edits in the order in which they are drawn: wherever it is cut, each group of kind and stratum has its share, to within one edit.</summary>
    /// <param name="edits">The edits.</param>
    /// <param name="stratum">The stratum of an edit.</param>
    /// <param name="seed">Fixes the order within the groups, and which group begins.</param>
    public static IReadOnlyList<BenchmarkEdit> Order(IReadOnlyList<BenchmarkEdit> edits, Func<BenchmarkEdit, string> stratum, int seed = 1)
    {
        var places = new List<(double Place, BenchmarkEdit Edit)>();
        var groups = edits.GroupBy(edit => (edit.Kind, Stratum: stratum(edit))).OrderBy(group => group.Key.Kind, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Stratum, StringComparer.Ordinal);
        foreach (var (number, group) in groups.Index())
        {
            var random = Seeds.Random(seed, number);
            var (members, offset) = (group.OrderBy(edit => edit.Id, StringComparer.Ordinal).ToArray(), random.NextDouble());
            random.Shuffle(members);
            places.AddRange(members.Select((edit, i) => ((i + offset) / members.Length, edit)));   // evenly over [0, 1)
        }
        return [.. places.OrderBy(place => place.Place).ThenBy(place => place.Edit.Id, StringComparer.Ordinal).Select(place => place.Edit)];
    }
}
