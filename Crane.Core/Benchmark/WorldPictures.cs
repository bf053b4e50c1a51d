using System.Collections.Concurrent;
using Crane.Core.Vision;

namespace Crane.Core.Benchmark;

/// <summary>The world's pictures as the nano model takes them: on neutral grey, cut to 4:3 where they are far from it. Decoded once; safe for several
/// threads.</summary>
public sealed class WorldPictures(World world)
{
    /// <summary>Width of a picture that the nano model sees, in pixels.</summary>
    public const int Width = 64;

    /// <summary>Height of a picture that the nano model sees, in pixels.</summary>
    public const int Height = 48;

    private static readonly PictureOptions OnGrey = new() { Background = 128 };
    private readonly ConcurrentDictionary<string, Picture> decoded = new();

    /// <summary>A flag in one drawing; null where that style lacks it.</summary>
    public Picture? Flag(string country, string style) => world.FlagFile(country, style) is { } path ? Load(path) : null;

    /// <summary>Every drawing of a flag.</summary>
    public IReadOnlyList<Picture> Flags(string country) => [.. World.FlagStyles.Select(style => Flag(country, style)).OfType<Picture>()];

    /// <summary>Every photograph of a landmark.</summary>
    public IReadOnlyList<Picture> Photographs(Landmark landmark) => [.. landmark.Images.Select(image => Load(Path.Combine(world.Folder, image.File)))];

    /// <summary>Any picture, cut the way the nano model's pictures are.</summary>
    public static Picture Prepare(Picture picture) => PictureOps.CropTo(picture, (double)Width / Height, tolerance: 0.3);

    /// <summary>A picture at the size that the nano model sees.</summary>
    public static Picture Small(Picture picture) => PillowResize.Bicubic(picture, Width, Height);

    private Picture Load(string path) => decoded.GetOrAdd(path, static p => Prepare(PictureFile.Load(p, OnGrey)));
}
