namespace Crane.Core.Memory;

/// <summary>A vector to be found, with what filters ask about it.</summary>
/// <param name="Id">Unique in its index.</param>
/// <param name="Vector">Any length above 0: the index compares directions (cosine).</param>
/// <param name="Modality">The library it belongs to.</param>
/// <param name="State">Whether the entry is in force.</param>
/// <param name="Time">When it came in force.</param>
public sealed record IndexItem(string Id, ReadOnlyMemory<float> Vector, Modality Modality = Modality.Textual, EntryState State = EntryState.Active,
    DateTimeOffset Time = default);

/// <summary>What a search is limited to; a null field limits nothing.</summary>
/// <param name="Modality">Only this library.</param>
/// <param name="State">Only entries in this state.</param>
/// <param name="From">Only entries of this time or later.</param>
/// <param name="Until">Only entries of this time or earlier.</param>
public sealed record IndexFilter(Modality? Modality = null, EntryState? State = null, DateTimeOffset? From = null, DateTimeOffset? Until = null);

/// <summary>One result of a search.</summary>
/// <param name="Id">What was found.</param>
/// <param name="Score">Higher is nearer; its scale is the searcher's (cosine −1..1, BM25 from 0, rank fusion in (0, lists / k)).</param>
public sealed record Hit(string Id, double Score);

/// <summary>Finds the vectors nearest to a query by cosine.</summary>
/// <remarks>Equal scores keep the order in which the items were added. Vectors that are not finite, zero, or of another dimension are refused before anything
/// changes.</remarks>
public interface IVectorIndex
{
    /// <summary>Length of every vector.</summary>
    int Dimension { get; }

    /// <summary>Adds items; all or, where one is refused, none.</summary>
    /// <exception cref="ArgumentException">A vector is unusable, or an id is there already or named twice.</exception>
    Task AddAsync(IReadOnlyList<IndexItem> items, CancellationToken cancellationToken = default);

    /// <summary>Puts a new vector and new tags in the place of an item, which keeps its place among equals.</summary>
    /// <exception cref="KeyNotFoundException">There is no item of this id.</exception>
    Task UpdateAsync(IndexItem item, CancellationToken cancellationToken = default);

    /// <summary>Takes an item out.</summary>
    /// <returns>Whether it was there.</returns>
    Task<bool> RemoveAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The items nearest to a vector, best first.</summary>
    /// <param name="query">Not zero, finite, of <see cref="Dimension"/> numbers.</param>
    /// <param name="top">At most so many, at least 1.</param>
    /// <param name="filter">Null: every item.</param>
    /// <param name="cancellationToken">Checked before the search.</param>
    Task<IReadOnlyList<Hit>> SearchAsync(ReadOnlyMemory<float> query, int top, IndexFilter? filter = null, CancellationToken cancellationToken = default);
}
