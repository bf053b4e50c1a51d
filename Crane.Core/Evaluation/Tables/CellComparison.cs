using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Tables;

/// <summary>Two runs in one column, paired probe by probe.</summary>
/// <param name="Difference">Mean of first − second over the probes that both have.</param>
/// <param name="Low">Lower end of its 95 % interval, clustered by edit.</param>
/// <param name="High">Upper end.</param>
/// <param name="PValue">Two-sided, of no difference; 1 where no probe differs.</param>
/// <param name="Probes">Probes in common.</param>
/// <param name="Edits">Their edits.</param>
public sealed record CellComparison(double Difference, double Low, double High, double PValue, int Probes, int Edits)
{
    /// <summary>Compares; a probe that was asked under several seeds counts once, with the mean of its scores.</summary>
    /// <param name="first">Seeds of a run.</param>
    /// <param name="second">Seeds of another.</param>
    /// <param name="column">Which probes and which metric; not a cost.</param>
    /// <returns>null where fewer than two edits are in common.</returns>
    public static CellComparison? Of(IReadOnlyList<StoredRun> first, IReadOnlyList<StoredRun> second, TableColumn column)
    {
        var others = Values(second, column);
        var pairs = Values(first, column).Where(value => others.ContainsKey(value.Key)).Select(value => (value.Key.Edit, A: value.Value, B: others[value.Key]))
            .ToList();
        var edits = pairs.Select(pair => pair.Edit).Distinct().Count();
        if (edits < 2) return null;
        var difference = new PairedComparison([.. pairs.Select(p => p.A)], [.. pairs.Select(p => p.B)]).Clustered([.. pairs.Select(p => p.Edit)]);
        var p = difference.StandardError > 0 ? Distributions.NormalTwoSided(difference.Mean / difference.StandardError) : difference.Mean == 0 ? 1 : 0;
        return new(difference.Mean, difference.Interval.Low, difference.Interval.High, p, pairs.Count, edits);
    }

    private static Dictionary<(string Edit, string Probe), double> Values(IReadOnlyList<StoredRun> seeds, TableColumn column) =>
        seeds.SelectMany(run => run.Answers).Where(column.Counts).GroupBy(answer => (answer.Edit, answer.Probe))
            .ToDictionary(same => same.Key, same => same.Average(a => a.Metrics[column.Metric]));
}
