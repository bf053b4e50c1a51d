using System.Text.Json;
using Crane.Core.Memory;
using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public class EncoderTests
{
    private const double Tolerance = 1e-5;

    /// <summary>Folders of golden/encoders whose config names one of these model types.</summary>
    private static List<string> Folders(params string[] types)
    {
        var folders = Directory.GetDirectories(Golden.File("encoders")).Where(f => File.Exists(Path.Combine(f, "config.json"))
            && types.Contains(JsonDocument.Parse(File.ReadAllText(Path.Combine(f, "config.json"))).RootElement.GetProperty("model_type").GetString())).ToList();
        Assert.NotEmpty(folders);
        return folders;
    }

    private static Tensor Unit(Tensor x) => F.normalize(x, dim: -1);

    [Fact, Trait("Category", "Golden")]
    public void Bert_StoredCase_EqualsTransformers()
    {
        foreach (var folder in Folders("bert"))
        {
            using var scope = NewDisposeScope();
            var expected = SafeTensors.ReadAll(Path.Combine(folder, "case.safetensors"));
            using var encoder = BertEncoder.Load(folder, text => throw new InvalidOperationException(text));
            var (ids, mask) = (expected["input_ids"], expected["attention_mask"]);
            var hidden = encoder.Hidden(ids, mask);
            var real = mask.unsqueeze(-1);
            Close.Assert($"{folder} last_hidden_state", expected["last_hidden_state"] * real, hidden * real, Tolerance);
            Close.Assert($"{folder} pooler_output", expected["pooler_output"], encoder.Pooler(hidden), Tolerance);
            Close.Assert($"{folder} mean_pooled", expected["mean_pooled"], Unit(encoder.Pool(hidden, mask)), Tolerance);
        }
    }

    [Fact, Trait("Category", "Golden")]
    public void Dual_StoredCases_EqualTransformers()
    {
        foreach (var folder in Folders("clip", "siglip"))
        {
            using var scope = NewDisposeScope();
            var expected = SafeTensors.ReadAll(Path.Combine(folder, "case.safetensors"));
            using var encoder = DualEncoder.Load(folder);
            var texts = Unit(encoder.EncodeIds(expected["input_ids"]));
            var images = Unit(encoder.EncodePixels(expected["pixel_values"]));
            Close.Assert($"{folder} text_embeds", expected["text_embeds"], texts, Tolerance);
            Close.Assert($"{folder} image_embeds", expected["image_embeds"], images, Tolerance);
            Close.Assert($"{folder} logits_per_image", expected["logits_per_image"], encoder.LogitsPerImage(images, texts), 2e-4);
        }
    }

    [Fact, Trait("Category", "Golden")]
    public void Dual_Generators_GiveTheVectorsOfTheirParts()
    {
        foreach (var folder in Folders("clip", "siglip"))
        {
            using var scope = NewDisposeScope();
            var expected = SafeTensors.ReadAll(Path.Combine(folder, "case.safetensors"));
            using var encoder = DualEncoder.Load(folder);
            int[][] rows = [.. expected["input_ids"].data<long>().Select(id => (int)id).Chunk((int)expected["input_ids"].shape[1])];
            var texts = encoder.Texts(text => rows[int.Parse(text)]).Encode(["0", "2"], default);
            Close.Assert(folder, expected["text_embeds"][tensor(new long[] { 0, 2 })], stack(texts.Select(t => tensor(t))), Tolerance);
            var picture = new Picture(50, 40, [.. Enumerable.Range(0, 6000).Select(i => (byte)(i * 7 % 251))]);
            var settings = new PicturePreprocessor { Width = encoder.ImageSize, Height = encoder.ImageSize };
            var seen = encoder.Pictures(settings).Encode([picture], default)[0];
            var pixels = tensor(settings.Process(picture)).view(1, 3, encoder.ImageSize, encoder.ImageSize);
            Close.Assert(folder, Unit(encoder.EncodePixels(pixels))[0], tensor(seen), Tolerance);
        }
    }

    [SkippableFact, Trait("Category", "Golden")]
    public void MiniLm_StoredTexts_HaveTheReferencesIdsAndEmbeddings()
    {
        var folder = Path.Combine(Environment.GetEnvironmentVariable("CRANE_MODELS")
            ?? Path.Combine(Path.GetDirectoryName(DataFolder.Path)!, "..", "shared", "models"), "all-MiniLM-L6-v2");
        Skip.IfNot(Directory.Exists(folder), $"all-MiniLM-L6-v2 is not at {folder}; CRANE_MODELS names the folder that holds it.");
        using var scope = NewDisposeScope();
        var texts = JsonDocument.Parse(File.ReadAllText(Golden.File("encoders", "minilm", "texts.json"))).RootElement.EnumerateArray()
            .Select(t => (Text: t.GetProperty("text").GetString()!, Ids: t.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()).ToArray())).ToList();
        var words = WordPiece.Load(folder);
        foreach (var (text, ids) in texts) Assert.Equal(ids, words.Encode(text));
        using var encoder = BertEncoder.Load(folder);
        var found = encoder.Encode(texts.Select(t => t.Text), default);
        Close.Assert("all-MiniLM-L6-v2", SafeTensors.ReadAll(Golden.File("encoders", "minilm", "embeddings.safetensors"))["embeddings"],
            stack(found.Select(v => tensor(v))), Tolerance);
    }

    [Fact]
    public void Load_ConfigOfAnotherCheckpoint_NamesTheTensorAndBothShapes()
    {
        using var folder = new CopiedFolder(Golden.File("encoders", "bert-tiny"));
        folder.Replace("config.json", "\"intermediate_size\": 48", "\"intermediate_size\": 40");
        using var encoder = BertEncoder.Load(folder.Path, _ => [1, 2]);
        var error = Assert.Throws<InvalidDataException>(() => encoder.Encode(["x"], default));
        Assert.Contains("encoder.layer.0.intermediate.dense.weight", error.Message);
        Assert.Contains("[40, 32]", error.Message);
        folder.Replace("config.json", "\"model_type\": \"bert\"", "\"model_type\": \"roberta\"");
        Assert.Contains("roberta", Assert.Throws<InvalidDataException>(() => BertEncoder.Load(folder.Path, _ => [1, 2])).Message);
        Assert.Contains("roberta", Assert.Throws<InvalidDataException>(() => DualEncoder.Load(folder.Path)).Message);
    }

    [Fact]
    public void Encode_PaddedBeside_ChangesNothingAndFreesItsTensors()
    {
        int[][] rows = [[3, 4, 5], [6, 7, 8, 9, 10, 11, 12], [13]];
        using var encoder = BertEncoder.Load(Golden.File("encoders", "bert-tiny"), text => rows[int.Parse(text)]);
        var together = encoder.Encode(["0", "1", "2"], default);
        for (var i = 0; i < rows.Length; i++)
            foreach (var (a, b) in encoder.Encode([$"{i}"], default)[0].Zip(together[i])) Assert.Equal(a, b, 1e-5f);
        Assert.Equal(0, Close.LeftBehind(() => encoder.Encode(["0", "1"], default)));
        Assert.Equal(1, together[0].Sum(v => (double)v * v), 1e-6);
    }

    [Fact]
    public void WordPiece_SpecialTokensOfUsers_AreText()
    {
        var folder = Directory.CreateTempSubdirectory("crane-words").FullName;
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##b", "[", "]", "sep", "cafe", "[MASK]"]);
        Assert.Equal([2, 6, 8, 7, 4, 3], WordPiece.Load(folder).Encode("[SEP] a"));
        Assert.Equal([2, 1, 1, 1, 4, 3], WordPiece.Load(folder).Encode("© 🦩 日a"));   // nothing is left out
        Assert.Equal([2, 9, 3], WordPiece.Load(folder).Encode("CAFÉ"));
        Assert.Equal([2, 4, 3], WordPiece.Load(folder, maxLength: 3).Encode("a a a"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void ClipTokenizer_Words_AreMergedWithTheirEnds()
    {
        var folder = Directory.CreateTempSubdirectory("crane-clip").FullName;
        string[] tokens = ["c", "a", "t", "s</w>", "t</w>", "ca", "cat</w>", "!</w>", "1</w>", "s", "<|startoftext|>", "<|endoftext|>"];
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(tokens.Select((t, i) => (t, i)).ToDictionary(p => p.t, p => p.i)));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\nc a\nca t</w>\n");
        var tokenizer = ClipTokenizer.Load(folder);
        Assert.Equal([10, 6, 5, 2, 3, 7, 8, 8, 11], tokenizer.Encode("  Cat\n cats! 11"));
        Assert.Equal([10, 11], tokenizer.Encode(""));
        Assert.Equal([10, 6, 6, 11], ClipTokenizer.Load(folder, maxLength: 4).Encode("cat cat cat"));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("""{"size":{"shortest_edge":4},"crop_size":{"height":4,"width":4},"do_center_crop":true,"image_mean":[0,0,0],"image_std":[1,1,1]}""")]
    [InlineData("""{"size":4,"crop_size":4,"image_mean":[0,0,0],"image_std":[1,1,1]}""")]
    public void Preprocessor_WidePicture_IsCutFromTheMiddle(string config)
    {
        var folder = Directory.CreateTempSubdirectory("crane-pictures").FullName;
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), config);
        var bands = new Picture(12, 4,
            [.. Enumerable.Range(0, 4)
            .SelectMany(_ => Enumerable.Range(0, 12).SelectMany(x => new[] { (byte)(x is >= 4 and < 8 ? 255 : 0), (byte)51, (byte)0 }))]);
        var pixels = PicturePreprocessor.Load(folder).Process(bands);
        Assert.Equal([.. Enumerable.Repeat(1f, 16), .. Enumerable.Repeat(0.2f, 16), .. Enumerable.Repeat(0f, 16)], pixels);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Preprocessor_Stretched_IsNormalisedChannelByChannel()
    {
        var settings = new PicturePreprocessor { Width = 3, Height = 2, Mean = [0, 0.5f, 1], Std = [1, 0.5f, 2] };
        var pixels = settings.Process(new Picture(9, 9, [.. Enumerable.Repeat(new byte[] { 255, 255, 255 }, 81).SelectMany(b => b)]));
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], pixels);
    }
}
