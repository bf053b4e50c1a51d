namespace Crane.Core.Memory;

/// <summary>What the scan over all vectors reads.</summary>
public enum ScanPrecision
{
    /// <summary>The vectors themselves: the result is exact.</summary>
    Float32,

    /// <summary>One byte a number, a quarter of the memory traffic; the best candidates are then ranked by the vectors themselves.</summary>
    Int8,
}

/// <summary>Compares a query with every vector (faiss: IndexFlat). Scores are cosines in double precision; safe for many readers and one writer at a
/// time.</summary>
/// <remarks>The scan runs in float32 or int8; whatever could belong to the best within its rounding error is scored again in double precision. Vectors are kept
/// scaled by a power of two, which changes no cosine: copies of a vector at another power of two tie exactly.</remarks>
public sealed class FlatIndex : IVectorIndex, IDisposable
{
    private const int ParallelRows = 16_384;
    private const int Int8Candidates = 8;   // times the results asked for, re-ranked by their float32 vectors

    private readonly ReaderWriterLockSlim gate = new();
    private readonly VectorRows rows;
    private readonly Dictionary<string, int> places = [];
    private readonly List<Tag> tags = [];
    private long added;

    /// <summary>What is known of a row beside its vector; the order breaks ties.</summary>
    private readonly record struct Tag(string Id, long Order, Modality Modality, EntryState State, long Ticks)
    {
        public bool Passes(IndexFilter filter) => (filter.Modality is not { } m || m == Modality) && (filter.State is not { } s || s == State)
            && (filter.From is not { } from || Ticks >= from.UtcTicks) && (filter.Until is not { } until || Ticks <= until.UtcTicks);
    }

    /// <summary>An empty index.</summary>
    /// <param name="dimension">Length of every vector, at least 1.</param>
    /// <param name="precision">What the scan reads.</param>
    public FlatIndex(int dimension, ScanPrecision precision = ScanPrecision.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        (Dimension, Precision) = (dimension, precision);
        rows = new VectorRows(dimension, precision);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>What the scan reads.</summary>
    public ScanPrecision Precision { get; }

    /// <summary>Items in the index.</summary>
    public int Count => Read(() => tags.Count);

    /// <summary>Whether there is an item of this id.</summary>
    public bool Contains(string id) => Read(() => places.ContainsKey(id));

    /// <inheritdoc cref="IVectorIndex.AddAsync"/>
    public void Add(params IReadOnlyList<IndexItem> items) => Write(() =>
    {
        var names = new HashSet<string>();
        foreach (var item in items)
        {
            VectorChecks.Check(item.Vector.Span, Dimension, $"item '{item.Id}'");
            if (places.ContainsKey(item.Id) || !names.Add(item.Id))
                throw new ArgumentException($"The index already has an item '{item.Id}'; UpdateAsync replaces it.", nameof(items));
        }
        foreach (var item in items)
        {
            places.Add(item.Id, tags.Count);
            tags.Add(TagOf(item, added++));
            rows.Add(item.Vector.Span);
        }
        return true;
    });

    /// <inheritdoc cref="IVectorIndex.UpdateAsync"/>
    public void Update(IndexItem item) => Write(() =>
    {
        VectorChecks.Check(item.Vector.Span, Dimension, $"item '{item.Id}'");
        if (!places.TryGetValue(item.Id, out var row)) throw new KeyNotFoundException($"The index has no item '{item.Id}' to update; it holds {tags.Count}.");
        tags[row] = TagOf(item, tags[row].Order);
        rows.Set(row, item.Vector.Span);
        return true;
    });

    /// <inheritdoc cref="IVectorIndex.RemoveAsync"/>
    public bool Remove(string id) => Write(() =>
    {
        if (!places.Remove(id, out var row)) return false;
        var last = tags.Count - 1;
        if (row != last)
        {
            tags[row] = tags[last];
            rows.Move(last, row);
            places[tags[row].Id] = row;
        }
        tags.RemoveAt(last);
        rows.RemoveLast();
        return true;
    });

    /// <inheritdoc cref="IVectorIndex.SearchAsync"/>
    public IReadOnlyList<Hit> Search(ReadOnlySpan<float> query, int top, IndexFilter? filter = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        VectorChecks.Check(query, Dimension, "the query");
        var prepared = new ScanQuery(query, Precision);
        return Read(() => Ranked(prepared, top, filter));
    }

    private List<Hit> Ranked(ScanQuery query, int top, IndexFilter? filter)
    {
        var scores = new float[tags.Count];
        var chunks = rows.Chunks;
        if (tags.Count < ParallelRows) for (var chunk = 0; chunk < chunks; chunk++) rows.Scan(chunk, query, scores);
        else Parallel.For(0, chunks, chunk => rows.Scan(chunk, query, scores));
        if (filter is not null)
            for (var row = 0; row < scores.Length; row++)
                if (!tags[row].Passes(filter)) scores[row] = float.NegativeInfinity;
        var wanted = Precision is ScanPrecision.Int8 ? Math.Max(64, Int8Candidates * top) : top;
        return [.. Candidates(scores, wanted).Select(row => (Score: rows.Cosine(row, query), tags[row].Order, tags[row].Id))
            .OrderByDescending(c => c.Score).ThenBy(c => c.Order).Take(top).Select(c => new Hit(c.Id, c.Score))];
    }

    /// <summary>Rows whose score reaches the wanted-th best within the scan's rounding error.</summary>
    private List<int> Candidates(float[] scores, int wanted)
    {
        var best = new PriorityQueue<int, float>(wanted + 1);
        var least = float.NegativeInfinity;
        for (var row = 0; row < scores.Length; row++)
        {
            if (!(scores[row] > least)) continue;
            if (best.Count < wanted) best.Enqueue(row, scores[row]);
            else best.EnqueueDequeue(row, scores[row]);
            if (best.Count == wanted) best.TryPeek(out _, out least);
        }
        // Below the wanted number, everything that passes the filter is a candidate.
        var bound = least == float.NegativeInfinity ? float.MinValue : least - VectorRows.RoundingError(Dimension);
        var rowsFound = new List<int>(wanted);
        for (var row = 0; row < scores.Length; row++)
            if (scores[row] >= bound) rowsFound.Add(row);
        return rowsFound;
    }

    private static Tag TagOf(IndexItem item, long order) => new(item.Id, order, item.Modality, item.State, item.Time.UtcTicks);

    private T Read<T>(Func<T> body)
    {
        gate.EnterReadLock();
        try { return body(); }
        finally { gate.ExitReadLock(); }
    }

    private T Write<T>(Func<T> body)
    {
        gate.EnterWriteLock();
        try { return body(); }
        finally { gate.ExitWriteLock(); }
    }

    Task IVectorIndex.AddAsync(IReadOnlyList<IndexItem> items, CancellationToken cancellationToken) =>
        Run(() => { Add(items); return true; }, cancellationToken);

    Task IVectorIndex.UpdateAsync(IndexItem item, CancellationToken cancellationToken) => Run(() => { Update(item); return true; }, cancellationToken);

    Task<bool> IVectorIndex.RemoveAsync(string id, CancellationToken cancellationToken) => Run(() => Remove(id), cancellationToken);

    Task<IReadOnlyList<Hit>> IVectorIndex.SearchAsync(ReadOnlyMemory<float> query, int top, IndexFilter? filter, CancellationToken cancellationToken) =>
        Run(() => Search(query.Span, top, filter), cancellationToken);

    private static Task<T> Run<T>(Func<T> body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(body());
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();
}
