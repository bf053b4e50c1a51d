using System.Collections.Concurrent;
using Crane.Core.Vision;

namespace Crane.Core.Benchmark;

/// <summary>Loads the pictures of a benchmark. Each file is decoded once; safe for several threads.</summary>
/// <param name="folder">What the files are relative to; null: data/world.</param>
/// <param name="nanoSize">Whether pictures are brought to the size that the nano model was trained on; null: those of data/world are. Left at their own size, a
/// drawing of
/// 112 × 75 pixels would be cut into 64 × 32 by the picture processor, which the nano model never saw.</param>
/// <remarks>A degraded picture is first brought to the size of the nano model, so that a strength means the same for every source.</remarks>
public sealed class BenchmarkPictures(string? folder = null, bool? nanoSize = null)
{
    private static readonly PictureOptions OnGrey = new() { Background = 128 };
    private readonly string folder = folder ?? DataFolder.Of("world");
    private readonly bool nanoSize = nanoSize ?? folder is null;
    private readonly ConcurrentDictionary<string, Picture> decoded = new();

    /// <summary>The picture, degraded where that is asked for; one for the nano model is cut to 4:3 where it is far from it.</summary>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    /// <exception cref="InvalidDataException">The file lies outside the folder, or is damaged.</exception>
    public Picture Load(PictureRef reference)
    {
        var picture = decoded.GetOrAdd(reference.File, file => PictureFile.Load(SafePath.Below(folder, file, "picture"), OnGrey) is var whole && nanoSize
            ? WorldPictures.Prepare(whole) : whole);
        return reference.Degradation is null ? nanoSize ? WorldPictures.Small(picture) : picture : Degrade(WorldPictures.Small(picture), reference);
    }

    private static Picture Degrade(Picture picture, PictureRef reference) => reference.Degradation switch
    {
        PictureRef.Noise => Augmentation.Noise(picture, Seeds.Random(reference.Seed), reference.Strength),
        PictureRef.Blur => Augmentation.Blur(picture, reference.Strength),
        PictureRef.Occlude => Augmentation.Occlude(picture, Seeds.Random(reference.Seed), reference.Strength),
        var other => throw new InvalidDataException($"Picture '{reference.File}': unknown degradation '{other}'; known are {string.Join(", ", PictureRef.Degradations)}."),
    };
}
