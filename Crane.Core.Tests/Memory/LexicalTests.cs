using System.Text.Json;
using Crane.Core.Memory;

namespace Crane.Core.Tests.Memory;

public class LexicalTests
{
    private static string[][] Lists(JsonElement e) => [.. e.EnumerateArray().Select(Strings)];

    private static string[] Strings(JsonElement e) => [.. e.EnumerateArray().Select(v => v.GetString()!)];

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(Golden.File("retrieval", file))).RootElement;

    /// <summary>A stored index by its parameters: the one with an epsilon is Okapi's.</summary>
    private static Bm25Variant Variant(string name, JsonElement index)
    {
        double Number(string field) => index.GetProperty(field).GetDouble();
        return index.GetProperty("epsilon").ValueKind is JsonValueKind.Number ? Bm25Variant.Okapi(Number("k1"), Number("b"), Number("epsilon"))
            : name.StartsWith("plus", StringComparison.Ordinal) ? Bm25Variant.Plus(Number("k1"), Number("b"), Number("delta"))
            : name.StartsWith('l') ? Bm25Variant.L(Number("k1"), Number("b"), Number("delta"))
            : throw new InvalidDataException($"bm25.json: no formula for the index '{name}'.");
    }

    [Fact, Trait("Category", "Golden")]
    public void Bm25_StoredIndexes_EqualRankBm25()
    {
        var root = Read("bm25.json");
        var (documents, queries) = (Lists(root.GetProperty("document_tokens")), Lists(root.GetProperty("query_tokens")));
        var ids = root.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("id").GetString()!).ToList();
        var indexes = root.GetProperty("indexes").EnumerateObject().ToList();
        Assert.NotEmpty(indexes);
        foreach (var stored in indexes)
        {
            var index = new Bm25Index(Variant(stored.Name, stored.Value));
            foreach (var (id, words) in ids.Zip(documents)) index.Add(id, words);
            Assert.Equal(stored.Value.GetProperty("avgdl").GetDouble(), index.AverageLength, 1e-9);
            foreach (var word in stored.Value.GetProperty("idf").EnumerateObject()) Assert.Equal(word.Value.GetDouble(), index.Idf(word.Name)!.Value, 1e-9);
            foreach (var (scores, query) in stored.Value.GetProperty("scores").EnumerateArray().Zip(queries))
                foreach (var (expected, hit) in scores.EnumerateArray().Zip(index.Scores(query))) Assert.Equal(expected.GetDouble(), hit.Score, 1e-9);
        }
    }

    [Fact]
    public void Bm25_TwoDocuments_OnlyLuceneTellsThemApart()
    {
        string[] Found(Bm25Variant variant)
        {
            var index = new Bm25Index(variant);
            index.Add("a", "capital Japan");
            index.Add("b", "capital Brazil");
            return [.. index.Search("capital of Brazil", 5).Select(h => h.Id)];
        }
        Assert.Equal(["b", "a"], Found(Bm25Variant.Lucene()));
        Assert.NotEqual(["b", "a"], Found(Bm25Variant.Okapi()));
    }

    [Fact, Trait("Category", "Golden")]
    public void Words_StoredTexts_AreTheStoredTokens()
    {
        var root = Read("bm25.json");
        foreach (var (document, words) in root.GetProperty("documents").EnumerateArray().Zip(Lists(root.GetProperty("document_tokens"))))
            Assert.Equal(words, Bm25Index.Words(document.GetProperty("text").GetString()!));
        foreach (var (query, words) in Strings(root.GetProperty("queries")).Zip(Lists(root.GetProperty("query_tokens"))))
            Assert.Equal(words, Bm25Index.Words(query));
    }

    [Fact]
    public void Bm25_AfterRemoval_EqualsAnIndexBuiltAnew()
    {
        string[] texts = ["the capital of Japan is Tokyo", "the capital of Chad is N'Djamena", "the currency of Japan is the yen", "Romania borders Moldova"];
        var (index, anew) = (new Bm25Index(), new Bm25Index());
        for (var i = 0; i < texts.Length; i++) index.Add($"{i}", texts[i]);
        Assert.True(index.Remove("1"));
        Assert.False(index.Remove("1"));
        foreach (var i in new[] { 0, 2, 3 }) anew.Add($"{i}", texts[i]);
        Assert.Equal(anew.Scores(["the", "japan"]), index.Scores(["the", "japan"]));
        Assert.Null(index.Idf("chad"));
        Assert.Equal("2", index.Search("the yen of Japan", 2)[0].Id);
        Assert.Empty(index.Search("Chad", 2));
        Assert.Throws<ArgumentException>(() => index.Add("0", "again"));
    }

    [Fact, Trait("Category", "Golden")]
    public void Reciprocal_StoredRuns_EqualRanxAndTheFormula()
    {
        var cases = Read("rank_fusion.json").GetProperty("cases").EnumerateArray().ToList();
        Assert.NotEmpty(cases);
        foreach (var c in cases)
            foreach (var query in c.GetProperty("formula").EnumerateObject())
            {
                var runs = c.GetProperty("runs").EnumerateArray()
                    .Select(run => run.GetProperty(query.Name).EnumerateObject().Select(d => new Hit(d.Name, d.Value.GetDouble())));
                var fused = RankFusion.Reciprocal(runs, c.GetProperty("k").GetDouble());
                Assert.Equal(query.Value.EnumerateObject().Select(d => d.Name), fused.Select(h => h.Id));
                foreach (var hit in fused)
                {
                    Assert.Equal(query.Value.GetProperty(hit.Id).GetDouble(), hit.Score, 1e-12);
                    Assert.Equal(c.GetProperty("ranx").GetProperty(query.Name).GetProperty(hit.Id).GetDouble(), hit.Score, 1e-12);
                }
            }
    }

    [Fact]
    public void Reciprocal_IdTwiceInARanking_IsRefused() =>
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => RankFusion.Reciprocal([[new("a", 1), new("a", 0)]])).Message);
}
