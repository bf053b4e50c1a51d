using Crane.Core.Memory;
using Crane.Core.Vision;
using Microsoft.Extensions.VectorData;
using Npgsql;

namespace Crane.Core.Tests.Memory;

/// <summary>Against real PostgreSQL and pgvector; skipped with a reason where Node or its packages cannot be had.</summary>
public sealed class PostgresCollectionTests(PgVectorServer server) : IClassFixture<PgVectorServer>
{
    private static readonly DateTimeOffset Day = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private async Task<PostgresCollection> CollectionAsync(string name, int dimension)
    {
        Skip.If(server.Missing is not null, server.Missing);
        var collection = new PostgresCollection(server.Source!, name, dimension);
        await collection.EnsureCollectionDeletedAsync();
        Assert.False(await collection.CollectionExistsAsync());
        await collection.EnsureCollectionExistsAsync();
        Assert.True(await collection.CollectionExistsAsync());
        return collection;
    }

    private static List<IndexItem> Items(int count, int dimension)
    {
        var random = Seeds.Random(21, dimension);
        var items = Enumerable.Range(0, count)
            .Select(i => new IndexItem($"entry {i}", FlatIndexTests.Draw(random, dimension), (Modality)(i % 2), (EntryState)(i % 3), Day.AddMinutes(i)))
            .ToList();
        for (var i = 0; i < count; i += 50) items[i + 1] = items[i + 1] with { Vector = items[i].Vector };   // ties
        return items;
    }

    [SkippableFact]
    public async Task Search_TenThousandEntries_GivesTheExactIndexesTopTen()
    {
        const int dimension = 48;
        var items = Items(10_000, dimension);
        var remote = new VectorDataIndex(await CollectionAsync("ten \"thousand\"; drop", dimension), dimension);
        await remote.AddAsync(items);
        using var exact = new FlatIndex(dimension);
        exact.Add(items);
        IndexFilter?[] filters = [null, new(Modality.Visual), new(State: EntryState.Active, From: Day.AddMinutes(500), Until: Day.AddMinutes(7000))];
        for (var q = 0; q < 21; q++)
        {
            var query = q % 3 == 0 ? items[q * 50].Vector : FlatIndexTests.Draw(Seeds.Random(22, q), dimension);
            foreach (var filter in filters) Assert.Equal(exact.Search(query.Span, 10, filter), await remote.SearchAsync(query, 10, filter));
        }
    }

    [SkippableFact]
    public async Task Index_UpdateRemoveAndBadInput_BehaveAsTheExactIndex()
    {
        var collection = await CollectionAsync("small", 3);
        var remote = new VectorDataIndex(collection, 3);
        using var flat = new FlatIndex(3);
        var items = Items(60, 3);
        float[] query = [1, 2, 3];
        foreach (var index in new IVectorIndex[] { remote, flat })
        {
            await index.AddAsync(items);
            await index.UpdateAsync(items[7] with { Vector = new float[] { 1, 2, 3.1f }, State = EntryState.Revoked });
            Assert.True(await index.RemoveAsync("entry 9"));
            Assert.False(await index.RemoveAsync("entry 9"));
            await Assert.ThrowsAsync<ArgumentException>(() => index.AddAsync([items[3]]));
            await Assert.ThrowsAsync<ArgumentException>(() => index.AddAsync([new("new", query), new("new", query)]));
            await Assert.ThrowsAsync<ArgumentException>(() => index.AddAsync([new("zero", new float[3])]));
            await Assert.ThrowsAsync<ArgumentException>(() => index.SearchAsync(new float[] { 1 }, 3));
            await Assert.ThrowsAsync<KeyNotFoundException>(() => index.UpdateAsync(new("none", query)));
        }
        Assert.Equal(await ((IVectorIndex)flat).SearchAsync(query, 60), await remote.SearchAsync(query, 60));
        Assert.Equal("entry 7", (await remote.SearchAsync(query, 1, new(State: EntryState.Revoked)))[0].Id);
    }

    [SkippableFact]
    public async Task Memory_OverCollections_BringsWhatItBringsOverTheExactIndex()
    {
        var remote = new Dictionary<Modality, PostgresCollection>
        {
            [Modality.Visual] = await CollectionAsync("pictures", 3), [Modality.Textual] = await CollectionAsync("sentences", 2),
        };
        using var pictures = new FunctionEncoder<Picture>("first pixel", list => [.. list.Select(p => p.Rgb.Take(3).Select(b => b - 100f).ToArray())]);
        using var sentences = new FunctionEncoder<string>("letters", list => [.. list.Select(t => (float[])[t.Length, t.Count(c => c == 'a')])]);
        Picture Plain(byte red, byte green, byte blue) => new(1, 1, [red, green, blue]);
        async Task<string> Found(Func<Modality, int, IVectorIndex>? create)
        {
            var library = new EditLibrary(new StoppedClock());   // decisions name their entries with the time of each
            var memory = new EditMemory(library, pictures, sentences, new(new(Gate.Cosine, 0.9, 0.01), new(Gate.Cosine, 0.99)), createIndex: create);
            await memory.AddAsync([.. Enumerable.Range(0, 12).Select(i => (new EditEntry { Id = $"flag {i}", Modality = Modality.Visual, Subject = $"flag {i}",
                Question = "What?", NewValue = $"{i}" }, (Picture?)Plain((byte)(20 * i), (byte)(250 - 20 * i), (byte)(i % 3 * 90)))),
                (EditLibraryTests.Capital("peru", "Peru", "Cusco") with { Key = null }, null)]);
            MemoryQuestion[] asked = [new("Whose flag is this?", Plain(41, 208, 182)), new("What is the capital of Peru?"), new("Whose?", Plain(0, 0, 0))];
            var before = await memory.LookUpAsync(asked);
            library.Revoke("flag 2");
            return string.Join('\n', before.Concat(await memory.LookUpAsync(asked)).SelectMany(l => l.Steps)
                .Select(s => $"{s.Decision} {string.Join(' ', s.Candidates.Select(c => $"{c.Entry.Id} {c.Cosine}"))}"));
        }
        var exact = await Found(null);
        Assert.Contains("'flag 2' scores", exact);
        Assert.Equal(exact, await Found((modality, dimension) => new VectorDataIndex(remote[modality], dimension)));
    }

    [SkippableFact]
    public async Task Collection_FilteredRead_TranslatesComparisonsAndRefusesTheRest()
    {
        var collection = await CollectionAsync("filters", 2);
        await new VectorDataIndex(collection, 2).AddAsync(Items(100, 2));
        var state = nameof(EntryState.Active);
        var found = new List<VectorRecord>();
        await foreach (var record in collection.GetAsync(r => r.State == state
            && (r.Id == "entry 3" || r.Id == "entry 6" || r.Id == "x'; drop table filters; --"), 9, new() { IncludeVectors = true })) found.Add(record);
        Assert.Equal(["entry 3", "entry 6"], found.Select(r => r.Id));
        Assert.Equal(2, found[0].Vector.Length);
        await Assert.ThrowsAsync<NotSupportedException>(async () => { await foreach (var _ in collection.GetAsync(r => r.Id.StartsWith("entry"), 9)) { } });
        Assert.Equal("postgresql", ((VectorStoreCollectionMetadata)collection.GetService(typeof(VectorStoreCollectionMetadata))!).VectorStoreSystemName);
        Assert.True(await collection.CollectionExistsAsync());
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    }
}
