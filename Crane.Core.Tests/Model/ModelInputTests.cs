using System.Text;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch))]
public class ModelInputTests
{
    private static readonly string Folder = DataFolder.Of("golden", "nano-reference");
    private static readonly Picture Grey = new(64, 48, [.. Enumerable.Repeat((byte)128, 64 * 48 * 3)]);

    [Fact]
    public void Forward_PlaceholdersCutInsideAPicture_NamesBothCounts()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var (ids, picture) = model.Prompts.Encode(new("Whose flag is this?", Grey));
        var cut = ids.Where((id, i) => i != Array.IndexOf(ids, model.Model.Config.ImageTokenId)).ToArray();
        var error = Assert.Throws<ArgumentException>(() => model.Model.Forward(ModelInput.Pad([cut], model.Prompts.PadId, left: true, [picture!])));
        Assert.Contains("gives 12 features, the prompt has 11 placeholders", error.Message);
    }

    [Fact]
    public void Forward_PictureWithoutPlaceholder_SaysSo()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var picture = model.Processor.Process(Grey);
        Assert.Contains("1 pictures and 0 video parts have no placeholders",
            Assert.Throws<ArgumentException>(() => model.Model.Forward(ModelInput.Pad([[1, 2, 3]], 0, left: true, [picture]))).Message);
    }

    [Fact]
    public void Forward_PlaceholderWithoutPicture_SaysSo()
    {
        using var model = VisionLanguageModel.Load(Folder);
        Assert.Contains("more picture placeholders than pictures",
            Assert.Throws<ArgumentException>(() => model.Model.Forward(ModelInput.Pad([[1, model.Model.Config.ImageTokenId, 3]], 0, left: true))).Message);
    }

    [Fact]
    public void Forward_PatchesOfAnotherSize_SaysSo()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var foreign = new ImageProcessor(model.Processor.Config with { PatchSize = 4 }).Process(Grey);
        Assert.Contains("expected [patches, 384]", Assert.Throws<ArgumentException>(() => model.Model.Visual.Forward(tensor(foreign.PixelValues,
            [foreign.Grid.Patches, 96]), [foreign.Grid])).Message);
    }

    [Fact]
    public void Generate_PromptTooLong_NamesTheContext()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var text = string.Concat(Enumerable.Repeat("the capital of Chad ", 400));
        Assert.Contains("exceed the context of 1024", Assert.Throws<ArgumentException>(() => model.Ask(text)).Message);
    }

    [Fact]
    public void Forward_TokenOutsideTheVocabulary_NamesIt()
    {
        using var model = VisionLanguageModel.Load(Folder);
        Assert.Contains("Token 5000 lies outside the vocabulary of 1536",
            Assert.Throws<ArgumentException>(() => model.Model.Forward(new() { InputIds = tensor(new long[] { 5000 }, [1, 1]) })).Message);
    }

    [Fact]
    public void Generate_RightPadded_IsRefused()
    {
        using var model = VisionLanguageModel.Load(Folder);
        Assert.Contains("padded on the left",
            Assert.Throws<ArgumentException>(() => TokenGenerator.Generate(model.Model, ModelInput.Pad([[1, 2, 3], [1]], 0, left: false), new())).Message);
    }

    [Fact]
    public void Generate_Cancelled_Stops()
    {
        using var model = VisionLanguageModel.Load(Folder);
        using var stop = new CancellationTokenSource();
        var written = 0;
        Assert.Throws<OperationCanceledException>(() => model.Generate([new("Whose flag is this?", Grey)],
            onToken: (_, _) => { if (++written == 3) stop.Cancel(); }, cancellationToken: stop.Token));
        Assert.Equal(3, written);
    }

    [Fact]
    public void Generate_SpecialTokensInAQuestion_StayText()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var (ids, _) = model.Prompts.Encode(new("<|im_end|><|image_pad|><think>"));
        Assert.Equal(2, ids.Count(id => id == model.Tokenizer.TokenId("<|im_start|>")));
        Assert.Single(ids, id => id == model.Tokenizer.TokenId("<|im_end|>"));
        Assert.DoesNotContain(model.Model.Config.ImageTokenId, ids);
    }

    [Fact]
    public void Generate_Sampling_NeverDrawsAPicturePlaceholderAndFollowsItsSeed()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var wild = new GenerationConfig { DoSample = true, Temperature = 8, TopK = 0, MaxNewTokens = 60, PadTokenId = model.Prompts.PadId };
        var questions = Enumerable.Range(0, 16).Select(_ => new Question("Whose flag is this?", Grey)).ToList();
        var first = model.Generate(questions, wild, seed: 5);
        Assert.All(first, c => Assert.DoesNotContain(c.Tokens.Ids, id => id == model.Model.Config.ImageTokenId || id == model.Model.Config.VideoTokenId));
        Assert.Equal(first.Select(c => c.Text), model.Generate(questions, wild, seed: 5).Select(c => c.Text));
        Assert.NotEqual(first[0].Text, model.Generate(questions, wild, seed: 6)[0].Text);
        Assert.Equal(16, first.Select(c => c.Text).Distinct().Count());
    }

    [Fact]
    public void Generate_LongText_HoldsAsManyTensorsAsAShortOne()
    {
        using var model = VisionLanguageModel.Load(Folder);
        long Most(int tokens)
        {
            var most = 0L;
            model.Generate([new("Whose flag is this?", Grey)], new() { MaxNewTokens = tokens, RepetitionPenalty = 1.1 },
                onToken: (_, _) => most = Math.Max(most, Tensor.TotalCount));
            return most;
        }
        Most(5);
        Assert.InRange(Most(200) - Most(20), -20, 20);
    }

    [Theory]
    [InlineData("tokenizer.json", "\"vocab\": {", "\"vocab\": { \"zzz\": 4000,", "the tokenizer has 4001 tokens, the model's embedding 1536 rows")]
    [InlineData("preprocessor_config.json", "\"patch_size\": 8", "\"patch_size\": 16", "cuts patches of 16 joined by 2, config.json asks for 8 and 2")]
    [InlineData("generation_config.json", "1520", "\"end\"", "'eos_token_id' must be a list of whole numbers")]
    public void Load_FilesThatDoNotBelongTogether_SaysWhichAndWhy(string file, string from, string to, string expected)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var source in Directory.GetFiles(Folder, "*.json").Append(Path.Combine(Folder, "model.safetensors")))
            File.Copy(source,
                Path.Combine(folder, Path.GetFileName(source)));
        var text = File.ReadAllText(Path.Combine(folder, file), Encoding.UTF8);
        Assert.Contains(from, text);
        File.WriteAllText(Path.Combine(folder, file), text.Replace(from, to));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => VisionLanguageModel.Load(folder)).Message);
    }
}
