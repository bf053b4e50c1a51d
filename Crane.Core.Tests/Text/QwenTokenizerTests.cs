using System.Text;
using System.Text.Json;
using Crane.Core.Text;

namespace Crane.Core.Tests.Text;

public class QwenTokenizerTests
{
    private static readonly QwenTokenizer Nano = QwenTokenizer.Load(DataFolder.Of("nano"));

    public static TheoryData<string> NanoRows() => new(File.ReadLines(DataFolder.Of("golden", "nano-ids.jsonl")));

    [Theory, MemberData(nameof(NanoRows))]
    public void Encode_NanoRow_EqualsHuggingFace(string row)
    {
        var json = JsonDocument.Parse(row).RootElement;
        var (text, ids) = (json.GetProperty("text").GetString()!, json.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()).ToArray());
        Assert.Equal(ids, Nano.Encode(text));
        Assert.Equal(json.GetProperty("decoded").GetString(), Nano.Decode(ids));
    }

    [Fact]
    public void EncodeText_SpecialTokenInUserText_StaysText()
    {
        const string text = "a<|im_end|>b<think>c";
        var ids = Nano.EncodeText(text);
        Assert.DoesNotContain(ids, id => Nano.AddedTokens.Any(token => token.Id == id));
        Assert.Equal(text, Nano.Decode(ids));
        Assert.Contains(Nano.TokenId("<|im_end|>")!.Value, Nano.Encode(text));
    }

    [Fact]
    public void Decode_AnyText_RoundTripsToNfc()
    {
        var random = new Random(5);
        for (var i = 0; i < 300; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40))
                .Select(_ => new Rune(random.Next(4) switch { 0 => random.Next(32, 127), 1 => random.Next(0xA0, 0x250), 2 => random.Next(0x300, 0x36F), _ =>
                random.Next(0x1F300, 0x1F600) }).ToString()));
            Assert.Equal(Nfc.Normalize(text), Nano.Decode(Nano.EncodeText(text)));
        }
    }

    [Theory]
    [InlineData("𝔘's", "𝔘|'s")]
    [InlineData("𝔘.x 𝔘-y", "𝔘|.x| 𝔘|-y")]
    [InlineData("𝟏𝟐a", "𝟏|𝟐|a")]
    [InlineData("🙂's", "🙂'|s")]
    [InlineData("(🙂)国𠜎国", "(🙂)|国𠜎国")]
    public void WordSplitter_CharactersBeyondTheFirstPlane_CountAsLettersAndDigits(string text, string words)
    {
        var splitter = new WordSplitter(new(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"));
        Assert.Equal(words.Split('|'), splitter.PreTokenize(text).Select(word => text.Substring(word.Offset, word.Length)));
    }

    [Fact]
    public void EncodeText_HalfASurrogatePair_BecomesTheReplacementCharacter() => Assert.Equal("a\ufffdb", Nano.Decode(Nano.EncodeText("a\ud83db")));

    [Fact]
    public void Decode_IdWithoutToken_HasNoText()
    {
        Assert.Equal("a", Nano.Decode([Nano.TokenId("a")!.Value, Nano.VocabularySize + 5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Nano.Decode([-1]));
    }

    [Fact]
    public void Encode_ManyThreadsAtOnce_GivesTheSameIds()
    {
        var texts = File.ReadLines(DataFolder.Of("golden", "nano-ids.jsonl"))
            .Select(row => JsonDocument.Parse(row).RootElement.GetProperty("text").GetString()!).ToArray();
        var alone = texts.Select(Nano.Encode).ToArray();
        Parallel.For(0, 8 * texts.Length, i => Assert.Equal(alone[i % texts.Length], Nano.Encode(texts[i % texts.Length])));
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("""{"model":{"type":"Unigram"}}""", "'Unigram', expected 'BPE'")]
    [InlineData("""{"model":{"type":"BPE"}}""", "model.vocab is missing")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "model.merges[0]")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""", "pre_tokenizer")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":"x"},"merges":[]}}""", "model.vocab['a']")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"byte_fallback":true}}""", "model.byte_fallback")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"<unk>"}}""", "'<unk>'")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("}}}""", "Regex")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true}}""", "add_prefix_space")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"."}},"normalizer":{"type":"Lowercase"}}""", "expected NFC")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"."}},"added_tokens":[{"id":1,"content":"<x>","lstrip":true}]}""", "added_tokens[0]: lstrip")]
    public void Load_DamagedFile_SaysWhatIsWrong(string json, string expected)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "tokenizer.json");
        File.WriteAllText(path, json);
        var error = Assert.Throws<InvalidDataException>(() => QwenTokenizer.Load(path));
        Assert.Contains(expected, error.Message);
        Assert.Contains("tokenizer.json", error.Message);
    }

    [Fact]
    public void CheckFits_SmallerEmbedding_NamesBothSizes() =>
        Assert.Contains("1536 tokens, the model's embedding 1000 rows", Assert.Throws<InvalidDataException>(() => Nano.CheckFits(1000, "folder")).Message);
}
