namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>Something that opens on a click: for what stands behind a number.</summary>
    /// <param name="summary">The line that is always seen.</param>
    /// <param name="inside">What opens below it.</param>
    public static View Details(string summary, View inside) =>
        new($"{summary}\n{inside.Text}", Html.Wrap($"<details><summary>{Html.Escape(summary)}</summary>{inside.Html}</details>"));
}
