namespace Crane.Core.Memory;

/// <summary>Finds the entries in force of one modality: by vector and, for sentences, by words. Rebuilt from the library, whose journal is the only thing
/// kept.</summary>
internal sealed class LibraryIndex(Modality modality, Func<int, IVectorIndex> create, Func<IReadOnlyList<EditEntry>, CancellationToken,
    Task<IReadOnlyList<float[]>>> encode)
{
    private readonly Dictionary<string, (EditEntry Entry, float[] Key)> held = [];
    private readonly Bm25Index words = new(Bm25Variant.Lucene());
    private IVectorIndex? vectors;
    private LibrarySnapshot? seen;

    /// <summary>Whether an entry in force is one for which the model has no words.</summary>
    public bool HasUnread { get; private set; }

    /// <summary>Brings the index to the state of the library: what is no longer in force goes out, what is comes in.</summary>
    public async Task SyncAsync(LibrarySnapshot now, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(now, seen)) return;
        var active = now.Active.Where(e => e.Modality == modality).ToDictionary(e => e.Id);
        foreach (var id in held.Keys.Where(id => !active.ContainsKey(id)).ToList())
        {
            await vectors!.RemoveAsync(id, cancellationToken);
            words.Remove(id);
            held.Remove(id);
        }
        EditEntry[] fresh = [.. active.Values.Where(e => !held.ContainsKey(e.Id))];
        EditEntry[] without = [.. fresh.Where(e => e.Key is null)];
        var made = without.Length == 0 ? [] : await encode(without, cancellationToken);
        var keys = without.Zip(made).ToDictionary(p => p.First.Id, p => p.Second);
        (EditEntry Entry, float[] Key)[] rows = [.. fresh.Select(e => (e, e.Key ?? keys[e.Id]))];
        if (rows.Length > 0)
        {
            vectors ??= create(rows[0].Key.Length);
            await vectors.AddAsync([.. rows.Select(r => new IndexItem(r.Entry.Id, r.Key, modality, r.Entry.State, r.Entry.Time))], cancellationToken);
            foreach (var row in rows)
            {
                held.Add(row.Entry.Id, row);
                if (modality is Modality.Textual) words.Add(row.Entry.Id, row.Entry.Sentence);
            }
        }
        (seen, HasUnread) = (now, active.Values.Any(e => e.IsUnread));
    }

    /// <summary>The best candidates, by the rankings of vectors, words and readings, fused.</summary>
    /// <param name="query">The vector.</param>
    /// <param name="sentence">Its words; null for a picture.</param>
    /// <param name="evidence">What the query brings beside them.</param>
    /// <param name="top">Most candidates of a ranking.</param>
    /// <param name="unreadAlone">Whether only entries count for which the model has no words.</param>
    /// <param name="cancellationToken">Passed to the index.</param>
    public async Task<IReadOnlyList<Candidate>> FindAsync(float[] query, string? sentence, QueryEvidence evidence, int top, bool unreadAlone,
        CancellationToken cancellationToken)
    {
        if (held.Count == 0) return [];
        var near = await vectors!.SearchAsync(query, top, new IndexFilter(modality, EntryState.Active), cancellationToken);
        var shared = sentence is null ? [] : words.Search(sentence, top);
        var cosines = near.ToDictionary(h => h.Id, h => h.Score);
        // What the model itself calls the same is looked at even where its vector is far away: another photograph of a landmark.
        Hit[] read = [.. held.Values.Where(h => evidence.Read(h.Entry) > 0).Select(h => new Hit(h.Entry.Id, Cosine(query, h.Key)))
            .OrderByDescending(h => h.Score).Take(top)];
        foreach (var hit in shared.Concat(read)) cosines.TryAdd(hit.Id, Cosine(query, held[hit.Id].Key));
        var bm25 = shared.ToDictionary(h => h.Id, h => h.Score);
        return Candidate.Compared([.. RankFusion.Reciprocal([near, shared, read]).Where(h => !unreadAlone || held[h.Id].Entry.IsUnread)
            .Select(h => evidence.About(held[h.Id].Entry, cosines[h.Id], bm25.GetValueOrDefault(h.Id), h.Score, words.Idf))]);
    }

    private static double Cosine(float[] a, float[] b) =>
        a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(VectorChecks.SquareSum(a) * VectorChecks.SquareSum(b));
}
