using System.Globalization;
using System.Text;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Tables;

/// <summary>A number that was made again, beside the shipped one of the same cell.</summary>
/// <param name="Made">Of the new results.</param>
/// <param name="Shipped">Of the shipped results.</param>
public sealed record ReproducedNumber(SummaryLine Made, SummaryLine Shipped)
{
    /// <summary>Whether the 95 % intervals overlap.</summary>
    public bool Agrees => Made.Low <= Shipped.High && Shipped.Low <= Made.High;

    /// <summary>The stricter question: whether each mean lies in the other's interval.</summary>
    public bool IsWithinBoth => In(Made.Mean, Shipped) && In(Shipped.Mean, Made);

    private static bool In(double mean, SummaryLine interval) => interval.Low <= mean && mean <= interval.High;
}

/// <summary>Two files of results compared number by number. Costs are left out: they are of a machine.</summary>
public sealed class Reproduction
{
    private static readonly TableColumn[] Columns =
        [.. ((TableColumn[])[.. TableColumns.Success, .. TableColumns.Chains, .. TableColumns.Neighbours]).Where(column => !column.IsCost)];

    /// <summary>Compares.</summary>
    /// <param name="made">The new results.</param>
    /// <param name="shipped">The shipped ones.</param>
    public Reproduction(IReadOnlyList<SummaryLine> made, IReadOnlyList<SummaryLine> shipped)
    {
        var known = shipped.Where(IsShare).ToDictionary(Cell);
        Numbers = [.. made.Where(line => IsShare(line) && known.ContainsKey(Cell(line))).Select(line => new ReproducedNumber(line, known[Cell(line)]))];
        NotMade = [.. shipped.Select(Run).Distinct().Except(made.Select(Run))];
    }

    /// <summary>All numbers that both have, in the order of the new results.</summary>
    public IReadOnlyList<ReproducedNumber> Numbers { get; }

    /// <summary>Shipped runs of which there is no new one, "method, setting, retrieval".</summary>
    public IReadOnlyList<string> NotMade { get; }

    /// <summary>How many numbers agree, in all and run by run.</summary>
    public string Summary()
    {
        var text = new StringBuilder($"{Numbers.Count(n => n.Agrees)} of {Numbers.Count} numbers agree with the shipped ones: their 95 % intervals overlap. "
            + $"{Numbers.Count(n => n.IsWithinBoth)} agree more closely: each mean lies in the other's interval. "
            + "The intervals do not hold the variance between trainings.\n");
        if (Numbers.Count == 0) return text.ToString();
        text.Append("\n| run | edits, made | edits, shipped | numbers | intervals overlap | each mean in the other's |\n")
            .Append("| --- | --- | --- | --- | --- | --- |\n");
        foreach (var run in Numbers.GroupBy(n => Run(n.Made)))
            text.Append($"| {run.Key} | {run.Max(n => n.Made.Clusters)} | {run.Max(n => n.Shipped.Clusters)} | {run.Count()} | {run.Count(n => n.Agrees)} | "
                + $"{run.Count(n => n.IsWithinBoth)} |\n");
        return text.ToString();
    }

    /// <summary>The summary, then the figures of the paper's table made and shipped, then every other number that does not agree, then the runs that were not
    /// made.</summary>
    public string Markdown()
    {
        var text = new StringBuilder(Summary());
        Part(text, "Figures of the table:", [.. Numbers.GroupBy(n => Run(n.Made)).SelectMany(run => Columns
            .SelectMany(column => run.Where(n => column.Holds(n.Made)).Select(n => (column.Heading, n))))]);
        Part(text, "Other numbers that do not agree:", [.. Numbers.Where(n => !n.Agrees && !Columns.Any(column => column.Holds(n.Made)))
            .Select(n => ($"{n.Made.Metric}; {n.Made.Level}, {n.Made.Stratum}, {n.Made.Modality}", n))]);
        if (NotMade.Count > 0) text.Append($"\nNot made: {string.Join("; ", NotMade)}.\n");
        return text.ToString();
    }

    private static void Part(StringBuilder text, string title, IReadOnlyList<(string What, ReproducedNumber Number)> rows)
    {
        if (rows.Count == 0) return;
        text.Append($"\n{title}\n\n| run | figure | made | shipped | within the intervals | difference |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (var (what, n) in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {Run(n.Made)} | {what} | {RunReport.Percent(n.Made)} | {RunReport.Percent(n.Shipped)} | ")
                .Append(n.IsWithinBoth ? "yes" : n.Agrees ? "overlap" : "**no**")
                .Append(CultureInfo.InvariantCulture, $" | {100 * (n.Made.Mean - n.Shipped.Mean):+0.0;−0.0;0.0} |\n");
    }

    private static string Run(SummaryLine line) => $"{MethodNames.Of(line.Method)}, {line.Setting}, {line.Retrieval}";

    private static bool IsShare(SummaryLine line) => !line.Metric.StartsWith(RunCosts.Family, StringComparison.Ordinal);

    private static (string, string, string, string, string, string, string) Cell(SummaryLine line) =>
        (line.Method, line.Setting, line.Retrieval, line.Level, line.Stratum, line.Modality, line.Metric);
}
