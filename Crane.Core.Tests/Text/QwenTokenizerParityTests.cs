using System.Text.Json;

namespace Crane.Core.Tests.Text;

/// <summary>Ids and text of the published Qwen3 tokenizer, against Hugging Face's.</summary>
[Trait("Category", "Golden")]
public class QwenTokenizerParityTests
{
    private static readonly string[] Texts = File.ReadAllLines(Golden.File("tokenizer", "ids.jsonl"));
    private static readonly string[] Cuts = File.ReadAllLines(Golden.File("tokenizer", "decode.jsonl"));

    public static TheoryData<int> TextLines() => new(Enumerable.Range(1, Texts.Length));

    public static TheoryData<int> CutLines() => new(Enumerable.Range(1, Cuts.Length));

    [SkippableTheory, MemberData(nameof(TextLines))]
    public void Encode_StoredText_EqualsHuggingFace(int line)
    {
        var tokenizer = RealQwen3.Get();
        var row = JsonDocument.Parse(Texts[line - 1]).RootElement;
        var (text, ids) = (row.GetProperty("text").GetString()!, Ids(row, row.TryGetProperty("ids_without_special", out _) ? "ids_without_special" : "ids"));
        Assert.Equal(ids, tokenizer.Encode(text));
        Assert.Equal(row.GetProperty("decoded").GetString() ?? text, tokenizer.Decode(Ids(row, "ids")));
        Assert.Equal(row.GetProperty("decoded_skip").GetString() ?? text, tokenizer.Decode(Ids(row, "ids"), skipSpecialTokens: true));
    }

    [SkippableTheory, MemberData(nameof(CutLines))]
    public void Decode_StoredIds_EqualsHuggingFace(int line)
    {
        var tokenizer = RealQwen3.Get();
        var row = JsonDocument.Parse(Cuts[line - 1]).RootElement;
        Assert.Equal(row.GetProperty("decoded").GetString(), tokenizer.Decode(Ids(row, "ids")));
        Assert.Equal(row.GetProperty("decoded_skip").GetString(), tokenizer.Decode(Ids(row, "ids"), skipSpecialTokens: true));
    }

    [SkippableFact]
    public void Load_PublishedFile_KnowsItsTokens()
    {
        var tokenizer = RealQwen3.Get();
        using var about = JsonDocument.Parse(File.ReadAllBytes(Golden.File("tokenizer", "about.json")));
        Assert.Equal(about.RootElement.GetProperty("vocabulary").GetInt32(), tokenizer.VocabularySize);
        Assert.Equal(Ids(about.RootElement, "special").Order(), tokenizer.SpecialIds.Order());
    }

    private static int[] Ids(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
