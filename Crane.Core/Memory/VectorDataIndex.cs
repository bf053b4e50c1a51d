using System.Linq.Expressions;
using Microsoft.Extensions.VectorData;

namespace Crane.Core.Memory;

/// <summary>An index in a Microsoft.Extensions.VectorData collection, for libraries beyond one machine: PostgreSQL with pgvector (<see
/// cref="PostgresCollection"/>),
/// or any other connector whose collection compares by cosine.</summary>
/// <remarks>Connectors disagree on what a score is (similarity or distance) and compute it in float32. So a few more rows than asked for are fetched with their
/// vectors
/// and ranked here, by the same cosine as <see cref="FlatIndex"/>. One writer at a time.</remarks>
public sealed class VectorDataIndex : IVectorIndex
{
    private const int Spare = 16;   // rows beyond the last wanted one, whose order float32 may have turned round
    private readonly VectorStoreCollection<string, VectorRecord> collection;
    private long lastOrder;

    /// <summary>An index over a collection, which stays the caller's.</summary>
    /// <param name="collection">Exists already, or <c>EnsureCollectionExistsAsync</c> was called.</param>
    /// <param name="dimension">Length of its vectors.</param>
    public VectorDataIndex(VectorStoreCollection<string, VectorRecord> collection, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        (this.collection, Dimension) = (collection, dimension);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public async Task AddAsync(IReadOnlyList<IndexItem> items, CancellationToken cancellationToken = default)
    {
        var names = new HashSet<string>();
        foreach (var item in items)
        {
            VectorChecks.Check(item.Vector.Span, Dimension, $"item '{item.Id}'");
            if (!names.Add(item.Id)) throw Twice(item.Id);
        }
        if (items.Count == 0) return;
        await foreach (var there in collection.GetAsync(names, new() { IncludeVectors = false }, cancellationToken)) throw Twice(there.Id);
        // Orders start from the clock, so that rows of earlier runs come first without asking for their numbers.
        lastOrder = Math.Max(lastOrder, DateTimeOffset.UtcNow.UtcTicks);
        await collection.UpsertAsync([.. items.Select(item => Record(item, ++lastOrder))], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task UpdateAsync(IndexItem item, CancellationToken cancellationToken = default)
    {
        VectorChecks.Check(item.Vector.Span, Dimension, $"item '{item.Id}'");
        var there = await collection.GetAsync(item.Id, new() { IncludeVectors = false }, cancellationToken)
            ?? throw new KeyNotFoundException($"The collection '{collection.Name}' has no item '{item.Id}' to update.");
        await collection.UpsertAsync(Record(item, there.Order), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveAsync(string id, CancellationToken cancellationToken = default)
    {
        if (await collection.GetAsync(id, new() { IncludeVectors = false }, cancellationToken) is null) return false;
        await collection.DeleteAsync(id, cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Hit>> SearchAsync(ReadOnlyMemory<float> query, int top, IndexFilter? filter = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        VectorChecks.Check(query.Span, Dimension, "the query");
        var options = new VectorSearchOptions<VectorRecord> { Filter = Condition(filter), IncludeVectors = true };
        var prepared = new ScanQuery(query.Span, ScanPrecision.Float32);
        var found = new List<(double Score, long Order, string Id)>();
        await foreach (var result in collection.SearchAsync(query, top + Spare, options, cancellationToken))
            found.Add((VectorRows.Cosine(VectorRows.Scaled(result.Record.Vector.Span), prepared), result.Record.Order, result.Record.Id));
        return [.. found.OrderByDescending(f => f.Score).ThenBy(f => f.Order).Take(top).Select(f => new Hit(f.Id, f.Score))];
    }

    private static Expression<Func<VectorRecord, bool>>? Condition(IndexFilter? filter)
    {
        var row = Expression.Parameter(typeof(VectorRecord), "row");
        Expression Field(string name) => Expression.Property(row, name);
        var parts = new List<Expression>();
        if (filter?.Modality is { } modality) parts.Add(Expression.Equal(Field(nameof(VectorRecord.Modality)), Expression.Constant(modality.ToString())));
        if (filter?.State is { } state) parts.Add(Expression.Equal(Field(nameof(VectorRecord.State)), Expression.Constant(state.ToString())));
        if (filter?.From is { } from) parts.Add(Expression.GreaterThanOrEqual(Field(nameof(VectorRecord.Time)), Expression.Constant(from.UtcTicks)));
        if (filter?.Until is { } until) parts.Add(Expression.LessThanOrEqual(Field(nameof(VectorRecord.Time)), Expression.Constant(until.UtcTicks)));
        return parts.Count == 0 ? null : Expression.Lambda<Func<VectorRecord, bool>>(parts.Aggregate(Expression.AndAlso), row);
    }

    private static VectorRecord Record(IndexItem item, long order) => new()
    {
        Id = item.Id, Order = order, Modality = item.Modality.ToString(), State = item.State.ToString(), Time = item.Time.UtcTicks, Vector = item.Vector,
    };

    private ArgumentException Twice(string id) =>
        new($"The collection '{collection.Name}' already has an item '{id}', or it is named twice; UpdateAsync replaces it.");
}
