using System.Collections.Concurrent;
using Crane.Core.Benchmark;
using Crane.Core.Vision;

namespace Crane.Core.Memory.Learning;

/// <summary>Drawings in which a territory flies another country's flag: some collections draw the tricolour for Mayotte, others its coat of arms. No look at
/// such a drawing can tell
/// that it stands for the territory, nor that the territory's own flag is meant by it.</summary>
/// <param name="world">Where pictures come from.</param>
public sealed class BorrowedDrawings(World world)
{
    // mean difference of levels as a share of 255; equal flags of one collection differ by 0.002 at most, different ones by 0.01 and more
    private const double Same = 0.004;

    private readonly WorldPictures pictures = new(world);
    private readonly ConcurrentDictionary<(string Country, string Style), bool> found = new();
    private readonly HashSet<string> members = [.. world.Countries.Where(country => country.UnMember).Select(country => country.Id)];

    /// <summary>Whether a picture of the world is such a drawing: of a country that is no member of the United Nations, and the same as another country's of
    /// the same collection.</summary>
    public bool Contains(PictureRef picture) => picture.File.Split('/') is ["flags", var style, var file]
        && Borrowed(Path.GetFileNameWithoutExtension(file), style);

    private bool Borrowed(string country, string style) => !members.Contains(country) && found.GetOrAdd((country, style), key =>
        pictures.Flag(key.Country, key.Style) is { } drawn && WorldPictures.Small(drawn) is var own
        && world.Countries.Any(other => other.Id != key.Country && pictures.Flag(other.Id, key.Style) is { } flag
            && Difference(own, WorldPictures.Small(flag)) < Same));

    private static double Difference(Picture a, Picture b) => a.Rgb.Zip(b.Rgb, (x, y) => Math.Abs(x - y)).Sum() / (255.0 * a.Rgb.Length);
}
