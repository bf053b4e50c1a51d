namespace Crane.Core.Vision;

/// <summary>Cuts pictures.</summary>
public static class PictureOps
{
    /// <summary>A rectangle of the picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside.</exception>
    public static Picture Crop(Picture picture, int left, int top, int width, int height)
    {
        if (left < 0 || top < 0 || width < 1 || height < 1 || left + width > picture.Width || top + height > picture.Height)
            throw new ArgumentOutOfRangeException(nameof(left), $"({left}, {top}) + {width} × {height} does not lie inside a picture of {picture.Width} × {picture.Height}.");
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
}
