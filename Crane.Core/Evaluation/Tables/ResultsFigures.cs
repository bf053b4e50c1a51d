using Crane.Core.Display;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Tables;

/// <summary>The table's figures: one colour a family of methods (<see cref="MethodNames.Family"/>), the order of the table, names beside lines and
/// points.</summary>
public static class ResultsFigures
{
    // Colours that no family of methods has, for what is no method.
    private static readonly int[] OtherHues = [5, 6, 7];

    /// <summary>Rows for a figure that has room for one of each method: under gold retrieval where there are several.</summary>
    public static IReadOnlyList<TableRow> OneOfAMethod(IReadOnlyList<TableRow> rows) =>
        [.. rows.GroupBy(row => row.Method).Select(method => method.FirstOrDefault(row => row.Retrieval == RetrievalColumns.Gold) ?? method.First())];

    /// <summary>From teacher-forced accuracy to Grounded Success on the edited question itself.</summary>
    public static SlopeFigure Slope(IReadOnlyList<TableRow> rows, string title)
    {
        var shown = rows.Select(row => (Row: row, From: Cell(row, TableColumns.Success[0]), To: Cell(row, TableColumns.Success[2])))
            .Where(s => s.From is not null && s.To is not null).ToList();
        return Figure.Slope(title, [.. shown.Select(s => (s.Row.Name, s.From!.Mean, s.To!.Mean))], "teacher-forced accuracy", "Grounded Success") with
        {
            Hues = Hues(shown.Select(s => s.Row)), Height = Math.Max(420, 90 + 24 * shown.Count),
        };
    }

    /// <summary>Collapse, dissonance and shallowness of each method, with intervals.</summary>
    public static BarFigure Failures(IReadOnlyList<TableRow> rows, string title) => Figure.Bars(title, [.. rows.Select(row => row.Name)],
        [.. TableColumns.Failures.Select(column => new BarSeries(column.Heading, Values(rows, column, l => l.Mean), Values(rows, column, l => l.Low),
            Values(rows, column, l => l.High)))], "%", horizontal: true)
        with { Height = Math.Max(420, 110 + 42 * rows.Count), Hues = OtherHues };

    /// <summary>Cost of an edit against Grounded Success; without methods whose edits cost no time.</summary>
    /// <param name="rows">Rows of the table.</param>
    /// <param name="column">What success is.</param>
    /// <param name="cost">A column of costs.</param>
    /// <param name="title">Heading.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    public static ScatterFigure Cost(IReadOnlyList<TableRow> rows, TableColumn column, TableColumn cost, string title, string x)
    {
        var shown = rows.Select(row => (Row: row, Cost: Cell(row, cost), Success: Cell(row, column)))
            .Where(s => s.Cost is { Mean: > 0 } && s.Success is not null).GroupBy(s => MethodNames.Family(s.Row.Method))
            .OrderBy(family => family.Key).ToList();
        return Figure.Scatter(title, [.. shown.Select(family => new PointSeries(MethodNames.Families[family.Key], [.. family.Select(s => s.Cost!.Mean)],
            [.. family.Select(s => 100 * s.Success!.Mean)],
            [.. family.Select(s => s.Row.Name)]))], x, $"{column.Heading}, %") with { LogX = true, Hues = [.. shown.Select(family => family.Key)] };
    }

    /// <summary>A column over the number of edits in force.</summary>
    /// <param name="table">The results.</param>
    /// <param name="column">Which column.</param>
    /// <param name="title">Heading.</param>
    /// <returns>null where no method was run in sequence.</returns>
    public static LineFigure? Decay(ResultsTable table, TableColumn column, string title)
    {
        (string Setting, double Edits)[] lengths = [("single", 1), ("sequential-10", 10), ("sequential-100", 100), ("sequential-all", 0)];
        var rows = lengths.SelectMany(length => table.Rows(length.Setting)
            .Select(row => (Row: row, Line: Cell(row, column), Edits: length.Edits > 0 ? length.Edits : EditsOf(row)))).Where(r => r.Line is not null)
            .GroupBy(r => (r.Row.Method, r.Row.Retrieval)).Where(method => method.Count() > 1).Select(method => method.OrderBy(r => r.Edits).ToList()).ToList();
        if (rows.Count == 0) return null;
        return Figure.Lines(title, [.. rows.Select(m => new Display.Series(m[0].Row.Name, [.. m.Select(r => r.Edits)],
            [.. m.Select(r => 100 * r.Line!.Mean)]))], "edits in force", $"{column.Heading}, %", logX: true)
            with { LabelEnds = true, Hues = Hues(rows.Select(m => m[0].Row)) };
    }

    /// <summary>What each threshold of the two libraries would let through, and where their gates stand. The wrong candidates are spread by their logarithm,
    /// since only thresholds that let few of them pass are of use.</summary>
    public static LineFigure Retrieval(IReadOnlyList<RetrievalCurve> curves, string title)
    {
        Display.Series Curve(RetrievalCurve curve) => new($"{curve.Library} (area {curve.Auroc:f3})", [.. curve.Points.Where(p => p[0] > 0)
            .Select(p => 100 * p[0])], [.. curve.Points.Where(p => p[0] > 0).Select(p => 100 * p[1])]);
        var gates = curves.Where(curve => curve.BroughtWrong > 0)
            .Select(curve => (Gate: new Display.Series($"gate, {curve.Library}", [100 * curve.BroughtWrong], [100 * curve.BroughtRight]), curve.Library)).ToList();
        int Hue(string library) => OtherHues[library == "visual" ? 0 : 1];
        return Figure.Lines(title, [.. curves.Select(Curve), .. gates.Select(gate => gate.Gate)], "wrong candidates that pass, %", "right candidates that pass, %",
            logX: true) with { LabelEnds = true, Hues = [.. curves.Select(curve => Hue(curve.Library)), .. gates.Select(gate => Hue(gate.Library))] };
    }

    /// <summary>Rewards over the steps of a training, a running mean of so many steps each: single steps jump with their prompts.</summary>
    /// <param name="rewards">A component each.</param>
    /// <param name="title">Heading.</param>
    /// <param name="window">Steps of the mean, those before a step and itself.</param>
    public static LineFigure Rewards(IReadOnlyList<Display.Series> rewards, string title, int window = 10)
    {
        Display.Series Smooth(Display.Series raw) => new(raw.Name, raw.X,
            [.. raw.Y.Select((_, i) => raw.Y.Skip(Math.Max(0, i + 1 - window)).Take(Math.Min(window, i + 1)).Average())]);
        return Figure.Lines(title, [.. rewards.Select(Smooth)], "optimiser step", $"mean reward, running over {window} steps") with { LabelEnds = true };
    }

    /// <summary>A study: success against firm beliefs, independence of neighbours and, where there are wrong entries, how often they are followed.</summary>
    /// <param name="lines">Of one study.</param>
    public static BarFigure Study(IReadOnlyList<AblationLine> lines)
    {
        string[] variants = [.. lines.Select(line => line.Variant).Distinct()];
        var columns = Ablations.Columns.Where(column => column.Stratum == Benchmark.Strata.Strong || column.Metric == ProbeScores.EditIndependence
            || column.Metric == Ablation.StudyVariant.Followed).Where(column => lines.Any(line => Ablations.Holds(column, line))).ToList();
        double[] Of(TableColumn column, Func<AblationLine, double> value) => [.. variants.Select(variant =>
            lines.FirstOrDefault(line => line.Variant == variant && Ablations.Holds(column, line)) is { } line ? 100 * value(line) : double.NaN)];
        return Figure.Bars(lines[0].Study, variants, [.. columns.Select(column => new BarSeries(column.Heading,
            Of(column, line => line.Mean), Of(column, line => line.Low), Of(column, line => line.High)))], "%", horizontal: true)
            with { Height = Math.Max(260, 110 + (18 + 14 * columns.Count) * variants.Length), Hues = [0, 7, 5] };
    }

    private static double EditsOf(TableRow row) => row.Lines.Max(line => line.Clusters);

    private static SummaryLine? Cell(TableRow row, TableColumn column) => row.Cell(column);

    private static double[] Values(IReadOnlyList<TableRow> rows, TableColumn column, Func<SummaryLine, double> value) =>
        [.. rows.Select(row => row.Cell(column) is { } line ? 100 * value(line) : double.NaN)];

    private static int[] Hues(IEnumerable<TableRow> rows) => [.. rows.Select(row => MethodNames.Family(row.Method))];
}
