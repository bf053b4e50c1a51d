using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Tables;

/// <summary>A row of the table: one method in one setting and retrieval column.</summary>
/// <param name="Method">Id.</param>
/// <param name="Setting">Id.</param>
/// <param name="Retrieval">Id.</param>
/// <param name="Lines">Its lines of the summary.</param>
public sealed record TableRow(string Method, string Setting, string Retrieval, IReadOnlyList<SummaryLine> Lines)
{
    /// <summary>"CRANE, real".</summary>
    public string Name => MethodNames.Of(Method) + (Retrieval == RetrievalColumns.None && Method is not ("ike" or "rag") && MethodNames.Family(Method) != 0
        ? "" : $", {Retrieval}");

    /// <summary>The line of a column; null where it was not measured.</summary>
    public SummaryLine? Cell(TableColumn column) => Lines.FirstOrDefault(column.Holds);
}

/// <summary>The paper's table from the results: methods down, columns across, and which value of a column is the best beyond doubt.</summary>
/// <param name="store">The results.</param>
public sealed class ResultsTable(ResultsStore store)
{
    private const double Alpha = 0.05;

    /// <summary>The rows of a setting, in the order of tables.</summary>
    public IReadOnlyList<TableRow> Rows(string setting = "single") =>
        [.. store.Summary.Where(line => line.Setting == setting).GroupBy(line => (line.Method, line.Retrieval))
            .Select(run => new TableRow(run.Key.Method, setting, run.Key.Retrieval, [.. run]))];

    /// <summary>Methods of <see cref="ResultsFile.Methods"/> that have no row.</summary>
    public IReadOnlyList<string> Missing(string setting = "single") => [.. ResultsFile.Methods.Except(Rows(setting).Select(row => row.Method))];

    /// <summary>The best cells that tests support: in a column the row with the highest mean, where a test paired by probe, with errors clustered by edit, sets
    /// it apart from every row of
    /// another family of methods (rows of one family, such as CRANE under gold and under real retrieval, are not held against each other). p-values are
    /// adjusted after Benjamini
    /// and Hochberg over all comparisons of all columns. Costs are not tested.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    public IReadOnlySet<(TableRow Row, TableColumn Column)> Best(IReadOnlyList<TableRow> rows, IReadOnlyList<TableColumn> columns)
    {
        var comparisons = new List<(TableRow Best, TableColumn Column, double P)>();
        foreach (var column in columns.Where(column => !column.IsCost))
        {
            var measured = rows.Where(row => row.Cell(column) is not null).ToList();
            if (measured.MaxBy(row => row.Cell(column)!.Mean) is not { } best) continue;
            var rivals = measured.Where(row => MethodNames.Family(row.Method) != MethodNames.Family(best.Method)).ToList();
            // A row whose answers are not stored cannot be compared, so nothing is the best beyond doubt.
            foreach (var rival in rivals) comparisons.Add((best, column, Compare(best, rival, column) is { Difference: > 0 } c ? c.PValue : 1));
        }
        var adjusted = MultipleComparisons.BenjaminiHochberg([.. comparisons.Select(c => c.P)]);
        return comparisons.Zip(adjusted, (c, p) => (Cell: (c.Best, c.Column), P: p)).GroupBy(c => c.Cell, c => c.P).Where(cell => cell.All(p => p < Alpha))
            .Select(cell => cell.Key).ToHashSet();
    }

    /// <summary>A row against another in a column; null where answers are not stored, or too few are in common.</summary>
    public CellComparison? Compare(TableRow first, TableRow second, TableColumn column) =>
        Stored(first) is { Count: > 0 } a && Stored(second) is { Count: > 0 } b ? CellComparison.Of(a, b, column) : null;

    /// <summary>Paired tests of one row against every other, column by column, adjusted after Benjamini and Hochberg over all of them.</summary>
    public IReadOnlyList<(TableRow Other, TableColumn Column, CellComparison Comparison, double Adjusted)> Against(TableRow row, IReadOnlyList<TableRow> rows,
        IReadOnlyList<TableColumn> columns)
    {
        var all = (from other in rows where other != row from column in columns where !column.IsCost let c =
            Compare(row, other, column) where c is not null select (other, column, c)).ToList();
        var adjusted = MultipleComparisons.BenjaminiHochberg([.. all.Select(item => item.c.PValue)]);
        return [.. all.Zip(adjusted, (item, p) => (item.other, item.column, item.c, p))];
    }

    /// <summary>The answers behind a row; empty where they are not stored.</summary>
    public IReadOnlyList<StoredRun> Stored(TableRow row) => store.Runs(row.Method, row.Setting, row.Retrieval);
}
