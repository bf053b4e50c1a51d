using Crane.Core.Vision;

namespace Crane.Core.Memory;

/// <summary>Ways to look at one picture, so that drawings of one thing that are cut and framed differently come to lie on each other.</summary>
public static class PictureCrops
{
    private const int Grey = 128, Near = 26;
    private const double Most = 0.2, Share = 0.8;

    /// <summary>Shares of width and height that are kept around the middle.</summary>
    private static readonly (double Width, double Height)[] Kept = [(1, 1), (0.9, 1), (0.8, 1), (0.7, 1), (1, 0.9), (0.93, 0.93), (0.85, 0.85), (0.8, 0.9),
        (0.7, 0.9)];

    /// <summary>Nine cuts of the picture without its margins, the whole one first.</summary>
    public static IReadOnlyList<Picture> Of(Picture picture)
    {
        var trimmed = Trim(picture);
        return [.. Kept.Select(kept => Middle(trimmed, kept.Width, kept.Height))];
    }

    /// <summary>Takes off margins of neutral grey, which stand for what is transparent: lines of which four fifths are grey, up to a fifth of each
    /// side.</summary>
    public static Picture Trim(Picture picture)
    {
        bool IsGrey(int x, int y) => picture.Rgb.AsSpan(3 * (y * picture.Width + x), 3) is var rgb && Math.Abs(rgb[0] - Grey) < Near
            && Math.Abs(rgb[1] - Grey) < Near && Math.Abs(rgb[2] - Grey) < Near;
        bool Column(int x) => Enumerable.Range(0, picture.Height).Count(y => IsGrey(x, y)) > Share * picture.Height;
        bool Row(int y) => Enumerable.Range(0, picture.Width).Count(x => IsGrey(x, y)) > Share * picture.Width;
        int Margin(int length, Func<int, bool> isMargin) => Enumerable.Range(0, (int)(length * Most)).TakeWhile(isMargin).Count();
        var (left, top) = (Margin(picture.Width, Column), Margin(picture.Height, Row));
        var (right, bottom) = (Margin(picture.Width, x => Column(picture.Width - 1 - x)), Margin(picture.Height, y => Row(picture.Height - 1 - y)));
        return PictureOps.Crop(picture, left, top, picture.Width - left - right, picture.Height - top - bottom);
    }

    private static Picture Middle(Picture picture, double width, double height)
    {
        var (w, h) = (Math.Max(1, (int)(picture.Width * width)), Math.Max(1, (int)(picture.Height * height)));
        return PictureOps.Crop(picture, (picture.Width - w) / 2, (picture.Height - h) / 2, w, h);
    }
}
