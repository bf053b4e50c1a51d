using System.Globalization;
using Crane.Core.Display;

namespace Crane.Core.Evaluation.Tables;

/// <summary>A study as a table: its variants down, its numbers across, each beside its difference to the first variant.</summary>
public static class StudyTable
{
    /// <summary>Per cent with 95 % intervals; the difference to the first variant, in points, stands behind them where its interval leaves 0 out.</summary>
    /// <param name="lines">Of one study.</param>
    public static TableView Of(IReadOnlyList<AblationLine> lines)
    {
        var columns = Ablations.Columns.Where(column => lines.Any(line => Ablations.Holds(column, line))).ToList();
        return Show.Table(["variant", .. columns.Select(column => column.Heading)], lines.GroupBy(line => line.Variant).Select(variant => (object[])
            [variant.Key, .. columns.Select(column => variant.FirstOrDefault(line => Ablations.Holds(column, line)) is { } line ? Cell(line) : "")]));
    }

    /// <summary>The same as a <see cref="Display.View"/>, to stand inside another one.</summary>
    /// <param name="lines">Of one study.</param>
    public static View View(IReadOnlyList<AblationLine> lines)
    {
        var bundle = Of(lines).ToMimeBundle();
        return new(bundle[Mime.Text], bundle[Mime.Html]);
    }

    /// <summary>"62.1 [55.0, 69.2] (−9.5)".</summary>
    public static string Cell(AblationLine line) => Runs.RunReport.Percent(line.Mean, line.Low, line.High)
        + (line is { DifferenceLow: > 0 } or { DifferenceHigh: < 0 } ? $" ({Signed(100 * line.Difference!.Value)})" : "");

    private static string Signed(double points) => points.ToString("+0.0;−0.0", CultureInfo.InvariantCulture);
}
