using System.Globalization;
using System.Text;
using Crane.Core.Vision;

namespace Crane.Core.Display;

/// <summary>A table: numbers to the right, sorted by a click on a heading, Markdown as text. Immutable; each call returns another one.</summary>
public sealed class TableView
{
    private const string SortScript =
        "<script>document.querySelectorAll('.crane table[data-sort]').forEach(function(t){if(t.dataset.ready)return;t.dataset.ready=1;" +
        "t.querySelectorAll('thead th').forEach(function(h,i,all){h.tabIndex=0;function sort(){var d=h.getAttribute('aria-sort')=='ascending'?-1:1,b=t.tBodies[0];" +
        "all.forEach(function(o){o.removeAttribute('aria-sort')});h.setAttribute('aria-sort',d>0?'ascending':'descending');" +
        "function key(r){var c=r.cells[i];return c.dataset.v===undefined?c.textContent:+c.dataset.v}" +
        "Array.from(b.rows).sort(function(p,q){var x=key(p),y=key(q);return typeof x=='number'&&typeof y=='number'?d*(x-y):typeof x=='number'?-1:typeof y=='number'?1:d*x.localeCompare(y)})" +
        ".forEach(function(r){b.appendChild(r)})}h.onclick=sort;h.onkeydown=function(e){if(e.key=='Enter'||e.key==' '){e.preventDefault();sort()}}})})</script>";

    /// <summary>From here on a cell may break inside a word: a model that repeats a letter writes words wider than the page.</summary>
    private const int LongText = 40;

    private readonly Dictionary<int, string> formats = [];
    private readonly HashSet<int> highest = [];
    private readonly HashSet<int> lowest = [];
    private string? title;

    internal TableView(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<object?>> rows)
    {
        for (var r = 0; r < rows.Count; r++)
            if (rows[r].Count != header.Count)
                throw new ArgumentException($"Row {r} has {rows[r].Count} values, the header has {header.Count} ({string.Join(", ", header)}).", nameof(rows));
        (Header, Rows) = (header, rows);
    }

    private TableView(TableView original)
    {
        (Header, Rows, title) = (original.Header, original.Rows, original.title);
        (formats, highest, lowest) = (new(original.formats), [.. original.highest], [.. original.lowest]);
    }

    /// <summary>Headings <c>[columns]</c>.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>Values <c>[rows][columns]</c>.</summary>
    public IReadOnlyList<IReadOnlyList<object?>> Rows { get; }

    /// <summary>A line above the table.</summary>
    public TableView Titled(string text) => new(this) { title = text };

    /// <summary>Writes the numbers of columns in a .NET format ("P1", "0.000"); without columns, those of all columns.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public TableView Format(string format, params IReadOnlyList<string> columns)
    {
        var copy = new TableView(this);
        foreach (var column in columns.Count == 0 ? Enumerable.Range(0, Header.Count) : columns.Select(Index)) copy.formats[column] = format;
        return copy;
    }

    /// <summary>The largest value of each of these columns in bold.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public TableView Highest(params IReadOnlyList<string> columns)
    {
        var copy = new TableView(this);
        copy.highest.UnionWith(columns.Select(Index));
        return copy;
    }

    /// <summary>The smallest value of each of these columns in bold.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public TableView Lowest(params IReadOnlyList<string> columns)
    {
        var copy = new TableView(this);
        copy.lowest.UnionWith(columns.Select(Index));
        return copy;
    }

    /// <summary>text/plain (Markdown) and text/html.</summary>
    public IReadOnlyDictionary<string, string> ToMimeBundle() => new View(Markdown, Html()).ToMimeBundle();

    /// <summary>The table in Markdown.</summary>
    public string Markdown
    {
        get
        {
            var bold = Bold();
            var rows = Rows.Select((row, r) => row.Select((_, c) => bold.Contains((r, c)) ? $"**{Cell(r, c)}**" : Cell(r, c)).ToArray());
            return (title is null ? "" : title + "\n\n") + TableText.Markdown(Header, [.. Header.Select((_, c) => IsNumeric(c))], rows);
        }
    }

    /// <summary>The table in Markdown.</summary>
    public override string ToString() => Markdown;

    private string Html()
    {
        var bold = Bold();
        var numeric = Header.Select((_, c) => IsNumeric(c) || HasIntervals(c)).ToArray();
        var html = new StringBuilder("<table data-sort>");
        if (title is not null) html.Append($"<caption>{Display.Html.Escape(title)}</caption>");
        html.Append("<thead><tr>");
        for (var c = 0; c < Header.Count; c++) html.Append(numeric[c] ? "<th class=\"num\">" : "<th>").Append(Display.Html.Escape(Header[c])).Append("</th>");
        html.Append("</tr></thead><tbody>");
        for (var r = 0; r < Rows.Count; r++)
        {
            html.Append("<tr>");
            for (var c = 0; c < Header.Count; c++) html.Append(HtmlCell(r, c, numeric[c], bold.Contains((r, c))));
            html.Append("</tr>");
        }
        return Display.Html.Wrap(html.Append("</tbody></table>").Append(SortScript).ToString());
    }

    private string HtmlCell(int row, int column, bool numeric, bool bold)
    {
        var number = (TableText.Number(Rows[row][column]) ?? TableText.Leading(Rows[row][column])) is { } n && !double.IsNaN(n)
            ? $" data-v=\"{n.ToString("R", CultureInfo.InvariantCulture)}\"" : "";
        var text = Rows[row][column] is Picture picture
            ? Display.Html.Image(PictureFile.ToPng(Raster.Enlarge(picture, Raster.Factor(picture.Width, 96))), $"picture {Show.Size(picture)}", 96)
            : Text(Cell(row, column));
        return $"<td{(numeric ? " class=\"num\"" : Rows[row][column] is not Picture && Cell(row, column).Length > LongText ? " class=\"long\"" : "")}{number}>{(bold ? $"<b>{text}</b>" : text)}</td>";
    }

    /// <summary>An interval stands small below its number, so that a column is as wide as the number is.</summary>
    private static string Text(string cell) => TableText.Interval(cell) is var (number, interval, rest)
        ? $"{Display.Html.Escape(number)}{Display.Html.Escape(rest)} <span class=\"ci\">{Display.Html.Escape(interval)}</span>" : Display.Html.Escape(cell);

    private string Cell(int row, int column) =>
        TableText.Of(Rows[row][column], TableText.Number(Rows[row][column]) is null ? null : formats.GetValueOrDefault(column));

    private bool IsNumeric(int column) => Rows.Any(r => TableText.Number(r[column]) is not null)
        && Rows.All(r => r[column] is null || TableText.Number(r[column]) is not null);

    /// <summary>Numbers with their intervals, and dashes where there is none: they stand to the right and on one line as numbers do.</summary>
    private bool HasIntervals(int column) => Rows.Any(r => TableText.Leading(r[column]) is not null)
        && Rows.All(r => r[column] is null or "–" || TableText.Leading(r[column]) is not null);

    /// <summary>The best cells; several where they are equal, none where a column has no number.</summary>
    private HashSet<(int Row, int Column)> Bold()
    {
        var best = new HashSet<(int, int)>();
        foreach (var column in highest.Concat(lowest))
        {
            double[] values = [.. Rows.Select(r => TableText.Number(r[column]) ?? double.NaN)];
            double[] known = [.. values.Where(v => !double.IsNaN(v))];
            if (known.Length == 0) continue;
            var wanted = highest.Contains(column) ? known.Max() : known.Min();
            for (var r = 0; r < values.Length; r++) if (values[r] == wanted) best.Add((r, column));
        }
        return best;
    }

    private int Index(string column) => Header.ToList().IndexOf(column) is var at and >= 0 ? at
        : throw new ArgumentException($"No column '{column}'; there are {string.Join(", ", Header.Select(h => $"'{h}'"))}.", nameof(column));
}
