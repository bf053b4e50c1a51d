using Crane.Core.Memory;
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
}
