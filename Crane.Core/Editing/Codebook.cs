using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>One entry of GRACE's codebook.</summary>
/// <param name="Key">Centre, <c>[intermediate]</c>.</param>
/// <param name="Epsilon">Deferral radius around it.</param>
/// <param name="Label">The target that the entry answers with.</param>
/// <param name="Owner">Id of the edit whose value the entry holds.</param>
public sealed record CodebookEntry(Tensor Key, double Epsilon, string Label, string Owner);

/// <summary>The rules by which GRACE's codebook grows (arXiv 2211.11031, algorithm 1; EasyEdit <c>GRACE.py</c>). An entry takes over a query within its
/// radius.</summary>
public static class Codebook
{
    /// <summary>The entry that answers a query: the nearest one, if the query lies within its radius.</summary>
    /// <param name="entries">The codebook.</param>
    /// <param name="query"><c>[intermediate]</c>.</param>
    /// <returns>Its index, or −1; and the distance of the nearest entry.</returns>
    public static (int Index, double Distance) Find(IReadOnlyList<CodebookEntry> entries, Tensor query)
    {
        var (nearest, distance) = Nearest(entries, query);
        return (nearest >= 0 && distance <= entries[nearest].Epsilon ? nearest : -1, distance);
    }

    /// <summary>The codebook with a query in it. Far from every entry, a new one is added. Near an entry of the same label, that entry's radius is expanded to
    /// cover the query.
    /// Near an entry of another label, a new one is added and both radii are split at half the distance.</summary>
    /// <param name="entries">The codebook; stays as it is.</param>
    /// <param name="query"><c>[intermediate]</c>.</param>
    /// <param name="label">Target of the edit.</param>
    /// <param name="owner">Id of the edit.</param>
    /// <param name="epsilon">First radius of a new entry.</param>
    /// <returns>The new codebook and the index of the entry that answers the query.</returns>
    public static (IReadOnlyList<CodebookEntry> Entries, int Index) Insert(IReadOnlyList<CodebookEntry> entries, Tensor query, string label, string owner,
        double epsilon)
    {
        var (nearest, distance) = Nearest(entries, query);
        if (nearest < 0 || distance > epsilon + entries[nearest].Epsilon) return ([.. entries, new(query, epsilon, label, owner)], entries.Count);
        var changed = entries.ToList();
        if (entries[nearest].Label == label)
        {
            changed[nearest] = entries[nearest] with { Epsilon = Math.Max(entries[nearest].Epsilon, distance) };
            return (changed, nearest);
        }
        changed[nearest] = entries[nearest] with { Epsilon = distance / 2 - 1e-5 };
        changed.Add(new(query, distance / 2, label, owner));
        return (changed, entries.Count);
    }

    private static (int Index, double Distance) Nearest(IReadOnlyList<CodebookEntry> entries, Tensor query)
    {
        if (entries.Count == 0) return (-1, double.PositiveInfinity);
        using var scope = NewDisposeScope();
        var distances = entries.Select(entry => (double)(entry.Key - query).norm().item<float>()).ToList();
        var nearest = distances.IndexOf(distances.Min());
        return (nearest, distances[nearest]);
    }
}
