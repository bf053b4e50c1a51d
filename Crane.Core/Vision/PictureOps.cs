namespace Crane.Core.Vision;

/// <summary>Cuts and turns pictures.</summary>
public static class PictureOps
{
    /// <summary>A rectangle of the picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside.</exception>
    public static Picture Crop(Picture picture, int left, int top, int width, int height)
    {
        if (left < 0 || top < 0 || width < 1 || height < 1 || width > picture.Width - left || height > picture.Height - top)
            throw new ArgumentOutOfRangeException(nameof(left),
                $"({left}, {top}) + {width} × {height} does not lie inside a picture of {picture.Width} × {picture.Height}.");
        if (width == picture.Width && height == picture.Height) return picture;
        var rgb = new byte[3 * width * height];
        for (var y = 0; y < height; y++) Array.Copy(picture.Rgb, 3 * ((top + y) * picture.Width + left), rgb, 3 * y * width, 3 * width);
        return new Picture(width, height, rgb);
    }

    /// <summary>The largest centred rectangle of an aspect; a picture that is within <paramref name="tolerance"/> of it stays whole.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="aspect">Width / height, for example 4/3.</param>
    /// <param name="tolerance">Allowed difference of the aspects.</param>
    public static Picture CropTo(Picture picture, double aspect, double tolerance)
    {
        var found = (double)picture.Width / picture.Height;
        if (Math.Abs(found - aspect) <= tolerance) return picture;
        var width = found > aspect ? Math.Max(1, (int)(picture.Height * aspect)) : picture.Width;
        var height = found > aspect ? picture.Height : Math.Max(1, (int)(picture.Width / aspect));
        return Crop(picture, (picture.Width - width) / 2, (picture.Height - height) / 2, width, height);
    }

    /// <summary>Brings a picture into the position that an EXIF orientation describes.</summary>
    /// <param name="picture">The picture as stored.</param>
    /// <param name="orientation">1 upright, 2 mirrored, 3 upside down, 4 both, 5 to 8 the same with rows and columns exchanged; others count as 1.</param>
    public static Picture Turn(Picture picture, int orientation)
    {
        if (orientation is < 2 or > 8) return picture;
        var exchange = orientation >= 5;
        var (mirrorX, mirrorY) = (orientation is 2 or 3 or 7 or 8, orientation is 3 or 4 or 6 or 7);   // of the stored picture
        var (width, height) = exchange ? (picture.Height, picture.Width) : (picture.Width, picture.Height);
        var rgb = new byte[picture.Rgb.Length];
        for (int y = 0, to = 0; y < height; y++)
            for (var x = 0; x < width; x++, to += 3)
            {
                var (column, row) = exchange ? (y, x) : (x, y);
                if (mirrorX) column = picture.Width - 1 - column;
                if (mirrorY) row = picture.Height - 1 - row;
                picture.Rgb.AsSpan(3 * (row * picture.Width + column), 3).CopyTo(rgb.AsSpan(to, 3));
            }
        return new Picture(width, height, rgb);
    }
}
