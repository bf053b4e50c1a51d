namespace Crane.Core.Display;

public abstract partial record Figure
{
    /// <summary>Curves over a number.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="lines">One or more curves; a value that is NaN (or not positive on a logarithmic axis) leaves a gap.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    /// <param name="y">Label of the vertical axis.</param>
    /// <param name="logX">Logarithmic horizontal axis.</param>
    /// <param name="logY">Logarithmic vertical axis.</param>
    public static LineFigure Lines(string title, IReadOnlyList<Series> lines, string x = "", string y = "", bool logX = false, bool logY = false) =>
        new(title, lines, x, y) { LogX = logX, LogY = logY };

    /// <summary>Bars in groups, with intervals where a series has them.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="categories">One group each.</param>
    /// <param name="bars">One bar per group each.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    /// <param name="y">Label of the vertical axis.</param>
    /// <param name="horizontal">Bars grow to the right, the first category on top: for long names.</param>
    /// <exception cref="ArgumentException">A series has another number of values than there are categories.</exception>
    public static BarFigure Bars(string title, IReadOnlyList<string> categories, IReadOnlyList<BarSeries> bars, string x = "", string y = "",
        bool horizontal = false) =>
        new(title, categories, bars, x, y) { Horizontal = horizontal };

    /// <summary>Points, with names where there is room for them.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="points">One or more groups of points.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    /// <param name="y">Label of the vertical axis.</param>
    public static ScatterFigure Scatter(string title, IReadOnlyList<PointSeries> points, string x = "", string y = "") => new(title, points, x, y);

    /// <summary>A matrix as colours, the first row on top; numbers are written into the cells of a small one.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="values"><c>[rows, columns]</c>; NaN is left empty.</param>
    /// <param name="rows">Names of the rows, or null for their numbers.</param>
    /// <param name="columns">Names of the columns, or null for their numbers.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    /// <param name="y">Label of the vertical axis.</param>
    /// <exception cref="ArgumentException">The matrix is empty, or a list of names has another length than its axis.</exception>
    public static HeatMapFigure HeatMap(string title, double[,] values, IReadOnlyList<string>? rows = null, IReadOnlyList<string>? columns = null,
        string x = "", string y = "") =>
        new(title, values, rows, columns, x, y);

    /// <summary>How often values occur, in bins of equal width that all groups share.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="groups">Name and values of each group; values that are not finite are left out.</param>
    /// <param name="x">What the values are, with their unit.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    public static HistogramFigure Histogram(string title, IReadOnlyList<(string Name, IReadOnlyList<double> Values)> groups, string x = "", int bins = 24) =>
        new(title, groups, x, bins);

    /// <summary>One line per method from a first measurement to a second: teacher-forced against grounded, before against after.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="methods">Name and the two values of each.</param>
    /// <param name="from">Name of the first measurement, on the left.</param>
    /// <param name="to">Name of the second, on the right.</param>
    /// <param name="format">How values are written, as a .NET number format.</param>
    public static SlopeFigure Slope(string title, IReadOnlyList<(string Name, double From, double To)> methods, string from, string to, string format = "P0") =>
        new(title, methods, from, to, format);
}
