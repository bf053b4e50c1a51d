using Crane.Core.Vision;

namespace Crane.Core.Display;

public static partial class Show
{
    private const int MapMargin = 6;

    /// <summary>A plane with pictures as marks: what lies together looks alike to whatever made the coordinates.</summary>
    /// <param name="marks">Places, in any unit, and what is drawn there; later ones cover earlier ones.</param>
    /// <param name="caption">Shown below, or null.</param>
    /// <param name="width">Of the map in pixels; it is two thirds as high.</param>
    /// <param name="markWidth">Of each picture in pixels; they keep their shape.</param>
    /// <exception cref="ArgumentException">There is no mark, or a coordinate is not finite.</exception>
    public static View Map(IReadOnlyList<(double X, double Y, Picture Picture)> marks, string? caption = null, int width = 960, int markWidth = 36)
    {
        if (marks.Count == 0) throw new ArgumentException("A map needs at least one mark.", nameof(marks));
        if (marks.Any(m => !double.IsFinite(m.X) || !double.IsFinite(m.Y)))
            throw new ArgumentException("A coordinate of the map is not finite.", nameof(marks));
        var height = width * 2 / 3;
        var map = new Picture(width, height, [.. Enumerable.Repeat((byte)255, 3 * width * height)]);
        foreach (var (x, y, picture) in marks)
        {
            var small = PillowResize.Bicubic(picture, markWidth, Math.Clamp(markWidth * picture.Height / picture.Width, 1, markWidth));
            Paste(map, small, Place(x, marks.Min(m => m.X), marks.Max(m => m.X), width - small.Width),
                height - small.Height - Place(y, marks.Min(m => m.Y), marks.Max(m => m.Y), height - small.Height));
        }
        return Framed(map, $"map of {marks.Count} pictures", caption);
    }

    private static int Place(double value, double low, double high, int room) =>
        MapMargin + (int)((high > low ? (value - low) / (high - low) : 0.5) * (room - 2 * MapMargin));

    private static void Paste(Picture onto, Picture mark, int left, int top)
    {
        for (var row = 0; row < mark.Height; row++)
            mark.Rgb.AsSpan(3 * row * mark.Width, 3 * mark.Width).CopyTo(onto.Rgb.AsSpan(3 * ((top + row) * onto.Width + left)));
    }
}
