namespace Crane.Core.Vision;

/// <summary>How a file becomes a picture. By default it is upright, on white.</summary>
public sealed record PictureOptions
{
    /// <summary>Grey level, 0 to 255, that shows through transparent places; null drops the transparency and shows the colours under it.</summary>
    public byte? Background { get; init; } = 255;

    /// <summary>Whether a photograph is turned as its EXIF orientation says.</summary>
    public bool Upright { get; init; } = true;

    /// <summary>Most pixels that are decoded; more is refused from the file's header, before any memory is taken.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>What Hugging Face's processor sees when it is given an opened Pillow picture: on white, not turned.</summary>
    public static PictureOptions AsOpened { get; } = new() { Upright = false };

    /// <summary>What Hugging Face's processor sees when it is given a path (<c>load_image</c>): turned, transparency dropped, hidden colours visible.</summary>
    public static PictureOptions AsLoaded { get; } = new() { Background = null };
}
