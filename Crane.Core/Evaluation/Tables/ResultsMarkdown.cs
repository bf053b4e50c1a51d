using System.Globalization;
using System.Text;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Tables;

/// <summary>The paper's table as Markdown, made from the results alone.</summary>
/// <param name="store">null: <c>data/results</c>.</param>
public sealed class ResultsMarkdown(ResultsStore? store = null)
{
    /// <summary>What stands in a page before and after the tables.</summary>
    public const string Begin = "<!-- results: made by 'crane table --readme' from data/results, compared by a test -->", End = "<!-- end of results -->";

    private readonly ResultsStore results = store ?? new();

    /// <summary>All tables with their captions.</summary>
    public string Write()
    {
        var table = new ResultsTable(results);
        var rows = table.Rows();
        if (rows.Count == 0) return $"There are no results yet in {Path.GetFileName(results.SummaryFile)}; `crane evaluate` makes them.\n";
        var text = new StringBuilder();
        var best = table.Best(rows, [.. TableColumns.Success, .. TableColumns.Chains, .. TableColumns.Neighbours]);
        var unstored = rows.Count(row => table.Stored(row).Count == 0);
        text.Append(CultureInfo.InvariantCulture, $"Each edit alone, on the test split; per cent with 95 % intervals clustered by edit; GS: Grounded Success. ")
            .Append("Bold: the best of a column, where a test paired by ")
            .Append("probe sets it apart from every other family of methods (Benjamini-Hochberg, 5 %)");
        text.Append(unstored > 0 ? $"; {unstored} of {rows.Count} rows have no stored answers and cannot be tested.\n\n" : ".\n\n");
        Part(text, rows, [new("edits", ""), .. TableColumns.Success], best);
        text.Append("Questions behind the edit (GS), and the entities on the way to the answer:\n\n");
        Part(text, rows, TableColumns.Chains, best);
        text.Append("Neighbours answered as without the edit (Edit Independence), and what an edit costs (processor time; one thread):\n\n");
        Part(text, rows, TableColumns.Neighbours, best);
        Sequences(text, table);
        Paper(text, rows);
        Origin(text, rows, table);
        return text.ToString();
    }

    /// <summary>A page with its tables made again.</summary>
    /// <param name="page">Text with <see cref="Begin"/> and, after it, <see cref="End"/>, each on a line of its own.</param>
    /// <exception cref="InvalidDataException">A mark is missing, or stands twice.</exception>
    public string Into(string page)
    {
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin || page.IndexOf(Begin, begin + 1, StringComparison.Ordinal) >= 0)
            throw new InvalidDataException($"The page must have the line \"{Begin}\" once and \"{End}\" after it; the tables go between them.");
        return $"{page[..(begin + Begin.Length)]}\n{Write()}{page[end..]}";
    }

    /// <summary>A cell: a share in per cent with its interval, a cost as a number.</summary>
    public static string Cell(SummaryLine? line, TableColumn column) => line is null ? "" : column.Metric switch
    {
        RunCosts.EditSeconds => Number(line.Mean, "0.00"),
        RunCosts.AddedSeconds => Number(1000 * line.Mean, "0"),
        RunCosts.BytesPerEdit => Number(line.Mean, "N0"),
        _ => RunReport.Percent(line),
    };

    private static void Part(StringBuilder text, IReadOnlyList<TableRow> rows, IReadOnlyList<TableColumn> columns, IReadOnlySet<(TableRow, TableColumn)> best)
    {
        text.Append($"| method | {string.Join(" | ", columns.Select(c => c.Heading))} |\n|{string.Concat(Enumerable.Repeat(" --- |", columns.Count + 1))}\n");
        foreach (var row in rows)
            text.Append($"| {row.Name} | {string.Join(" | ", columns.Select(column => column.Metric.Length == 0 ? Edits(row) : Marked(row, column)))} |\n");
        text.Append('\n');
        string Marked(TableRow row, TableColumn column) => best.Contains((row, column)) ? $"**{Of(row, column)}**" : Of(row, column);
    }

    private static string Of(TableRow row, TableColumn column) => Cell(row.Cell(column), column);

    private static string Edits(TableRow row) => row.Lines.Where(line => !line.Metric.StartsWith(RunCosts.Family, StringComparison.Ordinal))
        .Max(line => line.Clusters)
        + (row.Lines[0].Seeds is { Length: > 1 } seeds ? $" × {seeds.Length} seeds" : "");

    private static void Sequences(StringBuilder text, ResultsTable table)
    {
        var settings = ResultsFile.Settings.Where(setting => setting.StartsWith("sequential", StringComparison.Ordinal))
            .Select(setting => (Setting: setting, Rows: table.Rows(setting)))
            .Where(part => part.Rows.Count > 0).ToList();
        if (settings.Count == 0) return;
        text.Append("Edits one after the other, all of them in force:\n\n");
        text.Append($"| method | edits in force | {string.Join(" | ", TableColumns.Sequences.Select(c => c.Heading))} |\n");
        text.Append($"|{string.Concat(Enumerable.Repeat(" --- |", TableColumns.Sequences.Count + 2))}\n");
        foreach (var (row, setting) in settings.SelectMany(part => part.Rows.Select(row => (row, part.Setting)))
            .OrderBy(item => ResultsFile.Methods.ToList().IndexOf(item.row.Method)))
            text.Append($"| {row.Name} | {setting["sequential-".Length..]} | {string.Join(" | ", TableColumns.Sequences.Select(column => Of(row, column)))} |\n");
        text.Append('\n');
    }

    private static void Paper(StringBuilder text, IReadOnlyList<TableRow> rows)
    {
        var ours = rows.Where(row => row.Method.StartsWith("crane", StringComparison.Ordinal)).ToList();
        text.Append("The paper's own figures for its CRANE, **of another model and another benchmark**, beside the nearest of ours:\n\n");
        PaperFigure[] figures = [.. PaperFigures.All.Where(figure => figure.Column is not null)];
        void Line(string name, IEnumerable<string> cells) => text.Append($"| {name} | {string.Join(" | ", cells)} |\n");
        Line("", figures.Select(figure => figure.What));
        Line("---", figures.Select(_ => "---"));
        Line("the paper", figures.Select(figure => Number(100 * figure.Share, "0.0")));
        foreach (var row in ours) Line(row.Name, figures.Select(figure => Of(row, figure.Column!)));
        text.Append('\n');
    }

    private static void Origin(StringBuilder text, IReadOnlyList<TableRow> rows, ResultsTable table)
    {
        string Distinct(Func<SummaryLine, string[]> of) => string.Join("; ", rows.SelectMany(row => of(row.Lines[0])).Distinct());
        var seeds = rows.SelectMany(row => row.Lines[0].Seeds).Distinct().Order();
        text.Append($"Commits {Distinct(l => l.Commit.Split(", "))}. Seeds {string.Join("; ", seeds)}. {Distinct(l => [l.Machine])}. ");
        text.Append(CultureInfo.InvariantCulture, $"{rows.Sum(row => row.Lines[0].Seconds) / 60:N0} minutes of runs.");
        if (table.Missing() is { Count: > 0 } missing) text.Append($" Not measured: {string.Join(", ", missing.Select(MethodNames.Of))}.");
        text.Append('\n');
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
