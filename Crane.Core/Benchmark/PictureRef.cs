using System.Text.Json.Serialization;

namespace Crane.Core.Benchmark;

/// <summary>A picture by file, perhaps made worse.</summary>
/// <param name="File">Relative to data/world, or to the folder of an imported set; with <c>/</c>.</param>
/// <param name="Degradation">One of <see cref="Degradations"/>, or null for the picture as it is.</param>
/// <param name="Strength">Noise: 0..1; blur: factor, at least 1; occlude: share of the area, 0..1. 0 without a degradation.</param>
/// <param name="Seed">Of the degradation. 0 without one.</param>
public sealed record PictureRef(
    string File,
    string? Degradation = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double Strength = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Seed = 0)
{
    /// <summary>Ids of the degradations, see <see cref="Vision.Augmentation"/>.</summary>
    public const string Noise = "noise", Blur = "blur", Occlude = "occlude";

    /// <summary>All degradations.</summary>
    public static IReadOnlyList<string> Degradations { get; } = [Noise, Blur, Occlude];
}
