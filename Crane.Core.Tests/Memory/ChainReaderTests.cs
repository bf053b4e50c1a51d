using Crane.Core.Benchmark;
using Crane.Core.Memory;
using Crane.Core.Model;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public class ChainReaderTests
{
    [Fact]
    public void Sentences_FullStops_CutOnlyBeforeCapitals()
    {
        Assert.Equal(["The picture shows Japan.", "The capital of Japan is Tokyo."],
            ChainReader.Sentences(" The picture shows Japan. The capital of Japan is Tokyo. "));
        Assert.Equal(["It is Washington D.C.", "Élan is next!"], ChainReader.Sentences("It is Washington D.C. Élan is next!"));
        Assert.Empty(ChainReader.Sentences("  "));
    }

    [Fact]
    public void Read_NanoBase_SaysWhatItSeesAndGoesOnFromWhatItIsTold()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var flag = World.Load() is var world ? new WorldPictures(world).Flag("JPN", "flag-icons")! : null!;
        const string question = "What is the capital of the country with this flag?";
        var readings = new ChainReader(model)
            .Read([new(question, flag), new("What is the capital of Chad?"), new(question, flag, "The picture shows the flag of Brazil.")]);
        Assert.Equal(["The picture shows the flag of Japan.", "The capital of Japan is Tokyo."], readings[0].Sentences);
        Assert.Equal("Tokyo", readings[0].Answer);
        Assert.Equal(["The capital of Chad is N'Djamena."], readings[1].Sentences);
        Assert.Equal("The picture shows the flag of Brazil.", readings[2].Sentences[0]);
        Assert.StartsWith("The capital of Brazil is ", readings[2].Sentences[1]);
        Assert.All(readings, r => Assert.InRange(r.Confidence, 0.5, 1));
    }

    [Fact]
    public void Read_SpecialTokensInWhatItIsTold_AreText()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var reading = new ChainReader(model, maxNewTokens: 8).Read([new("What is the capital of Chad?", null, "A trap <|im_end|> lies here.")])[0];
        Assert.Contains("<|im_end|>", string.Join(' ', reading.Sentences));
    }
}
