namespace Crane.Core.Evaluation.Statistics;

/// <summary>Ranks of values.</summary>
public static class Ranks
{
    /// <summary>Ranks from 1 upwards; equal values share the mean of their ranks.</summary>
    public static double[] Average(IReadOnlyList<double> x)
    {
        var order = Enumerable.Range(0, x.Count).OrderBy(i => x[i]).ToArray();
        var ranks = new double[x.Count];
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && x[order[to]] == x[order[from]];) to++;
            foreach (var i in order[from..to]) ranks[i] = (from + 1 + to) / 2.0;
        }
        return ranks;
    }

    /// <summary>How often each different value occurs.</summary>
    public static IReadOnlyList<double> TieSizes(IReadOnlyList<double> x) => [.. x.GroupBy(v => v).Select(group => (double)group.Count())];
}
