using System.Text.Json;
using Crane.Core.Memory;
using Crane.Core.Model;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public class FlatIndexTests
{
    private static readonly DateTimeOffset Day = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static (float[][] Vectors, float[][] Queries, long[][] Top, double[][] Scores) Reference()
    {
        var tensors = SafeTensors.ReadAll(Golden.File("retrieval", "cosine.safetensors"));
        T[][] Rows<T>(string name) where T : unmanaged => [.. tensors[name].data<T>().ToArray().Chunk((int)tensors[name].shape[1])];
        return (Rows<float>("vectors"), Rows<float>("queries"), Rows<long>("top50"), Rows<double>("scores50"));
    }

    private static FlatIndex Filled(float[][] vectors, ScanPrecision precision = ScanPrecision.Float32)
    {
        var index = new FlatIndex(vectors[0].Length, precision);
        index.Add([.. vectors.Select((v, i) => new IndexItem($"{i}", v))]);
        return index;
    }

    internal static float[] Draw(Random random, int dimension) =>
        [.. Enumerable.Range(0, dimension).Select(_ => (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5))];

    [Fact, Trait("Category", "Golden")]
    public void Search_ReferenceVectors_GivesNumpysOrderAndScoresTiesIncluded()
    {
        var (vectors, queries, top, scores) = Reference();
        using var index = Filled(vectors);
        Assert.NotEmpty(queries);
        for (var q = 0; q < queries.Length; q++)
        {
            var hits = index.Search(queries[q], top[q].Length);
            Assert.Equal(top[q], hits.Select(h => long.Parse(h.Id)));
            for (var i = 0; i < hits.Count; i++) Assert.Equal(scores[q][i], hits[i].Score, 1e-12);
        }
        using var settings = JsonDocument.Parse(File.ReadAllText(Golden.File("retrieval", "cosine.json")));
        var ties = scores.Sum(s => s.Zip(s.Skip(1)).Count(p => p.First - p.Second <= 1e-13));
        Assert.Equal(settings.RootElement.GetProperty("equal_neighbours").GetInt32(), ties);   // the case does hold ties
    }

    [Theory, InlineData(7), InlineData(16), InlineData(100)]
    public void Search_Int8_FindsNearlyAllOfTheExactTen(int dimension)
    {
        var random = Seeds.Random(3, dimension);
        float[][] vectors = [.. Enumerable.Range(0, 3000).Select(_ => Draw(random, dimension))];
        using var exact = Filled(vectors);
        using var int8 = Filled(vectors, ScanPrecision.Int8);
        var found = 0;
        for (var q = 0; q < 50; q++)
        {
            var query = Draw(random, dimension);
            var (a, b) = (exact.Search(query, 10), int8.Search(query, 10));
            found += a.Select(h => h.Id).Intersect(b.Select(h => h.Id)).Count();
            Assert.All(b, h => Assert.Equal(a.FirstOrDefault(e => e.Id == h.Id)?.Score ?? h.Score, h.Score));   // re-ranked by the vectors themselves
        }
        Assert.True(found >= 495, $"{found} of 500");
    }

    [Fact]
    public void Search_AfterRemovalsAndUpdates_EqualsAnIndexBuiltAnew()
    {
        var random = Seeds.Random(5);
        var kept = Enumerable.Range(0, 500).ToDictionary(i => $"{i}", _ => Draw(random, 24));
        using var index = Filled([.. kept.Values]);
        for (var step = 0; step < 300; step++)
        {
            var id = kept.Keys.ElementAt(random.Next(kept.Count));
            if (step % 3 == 0) index.Update(new(id, kept[id] = Draw(random, 24)));
            else
            {
                Assert.True(index.Remove(id));
                Assert.False(index.Remove(id));
                kept.Remove(id);
            }
        }
        Assert.Equal(kept.Count, index.Count);
        using var anew = new FlatIndex(24);
        anew.Add([.. kept.OrderBy(k => int.Parse(k.Key)).Select(k => new IndexItem(k.Key, k.Value))]);
        for (var q = 0; q < 20; q++)
        {
            var query = Draw(random, 24);
            Assert.Equal(anew.Search(query, 15), index.Search(query, 15));
        }
    }

    [Fact]
    public void Search_EqualVectors_KeepsTheOrderOfAddingThroughARemoval()
    {
        using var index = new FlatIndex(2);
        index.Add([.. "abcdef".Select((c, i) => new IndexItem($"{c}", new float[] { MathF.ScaleB(1, i - 3), 0 }))]);
        index.Remove("b");   // the last row takes its place
        Assert.Equal(["a", "c", "d", "e"], index.Search([3, 0], 4).Select(h => h.Id));
    }

    [Fact]
    public void Search_Filter_LimitsStateModalityAndTime()
    {
        using var index = new FlatIndex(2);
        index.Add(new IndexItem("old", new float[] { 1, 0 }, Modality.Visual, EntryState.Active, Day),
            new IndexItem("new", new float[] { 1, 0.1f }, Modality.Visual, EntryState.Active, Day.AddDays(2)),
            new IndexItem("gone", new float[] { 1, 0.2f }, Modality.Visual, EntryState.Revoked, Day),
            new IndexItem("words", new float[] { 1, 0.3f }, Modality.Textual, EntryState.Active, Day));
        string[] Find(IndexFilter? filter) => [.. index.Search([1, 0], 9, filter).Select(h => h.Id)];
        Assert.Equal(["old", "new", "gone", "words"], Find(null));
        Assert.Equal(["old", "new", "words"], Find(new(State: EntryState.Active)));
        Assert.Equal(["old", "new", "gone"], Find(new(Modality.Visual)));
        Assert.Equal(["old", "gone", "words"], Find(new(Until: Day)));
        Assert.Equal(["new"], Find(new(From: Day.AddHours(1))));
        Assert.Empty(Find(new(Modality.Textual, EntryState.Revoked)));
    }

    [Theory]
    [InlineData(new[] { 1f, float.NaN }, "nan")]
    [InlineData(new[] { float.PositiveInfinity, 0f }, "infinity")]
    [InlineData(new[] { 0f, -0f }, "zero")]
    [InlineData(new[] { 1f, 2f, 3f }, "3 numbers")]
    public void AddAndSearch_VectorWithoutDirection_IsRefusedAndNothingChanges(float[] vector, string expected)
    {
        using var index = new FlatIndex(2);
        index.Add(new IndexItem("first", new float[] { 1, 2 }));
        var error = Assert.Throws<ArgumentException>(() => index.Add(new IndexItem("good", new float[] { 1, 1 }), new IndexItem("bad", vector)));
        Assert.Contains("'bad'", error.Message);
        Assert.Contains(expected, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("the query", Assert.Throws<ArgumentException>(() => index.Search(vector, 1)).Message);
        Assert.Throws<ArgumentException>(() => index.Update(new("first", vector)));
        Assert.Equal(1, index.Count);
    }

    [Fact]
    public void Add_DuplicateId_IsRefusedWholeAndAnUnknownOneCannotBeUpdated()
    {
        using var index = new FlatIndex(1);
        index.Add(new IndexItem("a", new float[] { 1 }));
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() =>
            index.Add(new IndexItem("b", new float[] { 1 }), new IndexItem("a", new float[] { 1 }))).Message);
        Assert.Throws<ArgumentException>(() => index.Add(new IndexItem("c", new float[] { 1 }), new IndexItem("c", new float[] { 1 })));
        Assert.Throws<KeyNotFoundException>(() => index.Update(new("b", new float[] { 1 })));
        Assert.Equal(1, index.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search([1], 0));
    }

    [Fact]
    public void Search_TinyAndHugeVectors_HaveTheirCosines()
    {
        using var index = new FlatIndex(2);
        float[] tiny = [1e-40f, 0], huge = [3e38f, 3e38f];
        index.Add(new IndexItem("tiny", tiny), new IndexItem("huge", huge));
        var hits = index.Search([2e-38f, 0], 2);
        Assert.Equal(["tiny", "huge"], hits.Select(h => h.Id));
        Assert.Equal(1, hits[0].Score, 1e-12);
        Assert.Equal(Math.Sqrt(0.5), hits[1].Score, 1e-12);
    }

    [Fact]
    public async Task Search_WhileAnotherThreadWrites_SeesWholeItems()
    {
        using var index = new FlatIndex(8);
        var random = Seeds.Random(9);
        index.Add([.. Enumerable.Range(0, 200).Select(i => new IndexItem($"{i}", Draw(random, 8)))]);
        var writer = Task.Run(() =>
        {
            for (var i = 0; i < 400; i++)
            {
                index.Add(new IndexItem($"new{i}", new float[] { 1, 1, 1, 1, 1, 1, 1, 1 }));
                index.Remove($"new{i}");
            }
        });
        while (!writer.IsCompleted)
            Assert.All(index.Search([1, 1, 1, 1, 1, 1, 1, 1], 1), h => Assert.True(!h.Id.StartsWith("new", StringComparison.Ordinal) || h.Score > 1 - 1e-12));
        await writer;
    }
}
