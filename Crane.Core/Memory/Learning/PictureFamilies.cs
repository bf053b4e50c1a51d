using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Memory.Learning;

/// <summary>Things with their drawings, in families of things that are easily taken for each other: what the contrast of a picture net is learnt on.</summary>
public sealed class PictureFamilies
{
    private readonly IReadOnlyList<IReadOnlyList<IReadOnlyList<Picture>>> families;

    /// <summary>Given things.</summary>
    /// <param name="families">Families of things of pictures, of any size; at least two things in all, each with a picture.</param>
    /// <exception cref="ArgumentException">There are fewer than two things, or one has no picture.</exception>
    public PictureFamilies(IEnumerable<IReadOnlyList<IReadOnlyList<Picture>>> families)
    {
        this.families = [.. families];
        if (Things < 2) throw new ArgumentException($"A contrast needs at least two things, found {Things}.", nameof(families));
        if (this.families.Any(family => family.Any(pictures => pictures.Count == 0))) throw new ArgumentException("A thing has no picture.", nameof(families));
    }

    /// <summary>How many things there are.</summary>
    public int Things => families.Sum(family => family.Count);

    /// <summary>All pictures in order.</summary>
    internal IEnumerable<Picture> Pictures => families.SelectMany(family => family).SelectMany(thing => thing);

    /// <summary>Invented flags (<see cref="InventedFlags"/>).</summary>
    /// <param name="count">Families.</param>
    /// <param name="size">Designs in each.</param>
    /// <param name="drawings">Of each design.</param>
    /// <param name="seed">Fixes all of them.</param>
    /// <param name="progress">One report a family.</param>
    /// <param name="cancellationToken">Checked at each family.</param>
    public static PictureFamilies Invent(int count, int size, int drawings, int seed, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default) =>
        new(Enumerable.Range(0, count).Select(f =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new("draw flags", f + 1, count, $"family {f + 1}"));
            var random = Seeds.Random(seed, f);
            return (IReadOnlyList<IReadOnlyList<Picture>>)[.. InventedFlags.Family(size, random).Select(design =>
                (IReadOnlyList<Picture>)[.. Enumerable.Range(0, drawings).Select(_ => InventedFlags.Draw(design, random))])];
        }));

    /// <summary>Two rows of each of some things: whole families until there are enough.</summary>
    /// <param name="things">At least so many, or all.</param>
    /// <param name="random">Source of the choice.</param>
    /// <returns>Places among <see cref="Pictures"/>, and the thing of each.</returns>
    internal (long[] Rows, long[] Labels) Batch(int things, Random random)
    {
        int[] order = [.. Enumerable.Range(0, families.Count)];
        random.Shuffle(order);
        var (rows, labels) = (new List<long>(), new List<long>());
        foreach (var family in order)
        {
            if (labels.Count >= 2 * Math.Max(2, things)) break;
            for (var thing = 0; thing < families[family].Count; thing++)
            {
                var (start, count) = (Start(family, thing), families[family][thing].Count);
                var first = random.Next(count);
                var second = count == 1 ? 0 : (first + 1 + random.Next(count - 1)) % count;
                rows.AddRange([start + first, start + second]);
                labels.AddRange([start, start]);
            }
        }
        return ([.. rows], [.. labels]);
    }

    private int[][]? starts;

    private int Start(int family, int thing)
    {
        if (starts is null)
        {
            var at = 0;
            starts = [.. families.Select(f => f.Select(pictures =>
            {
                var start = at;
                at += pictures.Count;
                return start;
            }).ToArray())];
        }
        return starts[family][thing];
    }
}
