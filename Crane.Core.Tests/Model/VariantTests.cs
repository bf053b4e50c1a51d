using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

/// <summary>Sizes that the stored checkpoints do not have: untied head, as many key as query heads, heads wider than the model, odd patches.</summary>
[Collection(nameof(Torch))]
public class VariantTests
{
    private static readonly QwenVlConfig Base = QwenVlConfig.Load(DataFolder.Of("nano"));

    private static readonly QwenVlConfig Other = Base with
    {
        TieWordEmbeddings = false,
        Text = Base.Text with { HiddenSize = 40, IntermediateSize = 56, NumHiddenLayers = 3, NumAttentionHeads = 3, NumKeyValueHeads = 3, HeadDim = 24, MropeSection = [4, 4, 4], RmsNormEps = 1e-5 },
        Vision = Base.Vision with { HiddenSize = 36, NumHeads = 3, IntermediateSize = 20, Depth = 3, PatchSize = 5, NumPositionEmbeddings = 49, DeepstackVisualIndexes = [0, 2], OutHiddenSize = 40 },
    };

    private static QwenVl Model()
    {
        manual_seed(3);
        var model = new QwenVl(Other);
        using var none = no_grad();
        foreach (var parameter in model.parameters()) parameter.add_(randn_like(parameter) * 0.2);   // no zero bias hides a missing term
        model.eval();
        return model;
    }

    private static ModelInput Batch(QwenVl model, params int[][] texts)
    {
        var random = new Random(1);
        var processor = new ImageProcessor(new() { PatchSize = 5, MinPixels = 100, MaxPixels = 2000 });
        var (rows, pictures) = (new List<int[]>(), new List<VisionInput>());
        foreach (var text in texts)
        {
            var bytes = new byte[40 * 30 * 3];
            random.NextBytes(bytes);
            pictures.Add(processor.Process(new Picture(40, 30, bytes)));
            rows.Add([1, Other.VisionStartTokenId, .. Enumerable.Repeat(Other.ImageTokenId, pictures[^1].Grid.Tokens(2)), Other.VisionEndTokenId, .. text]);
        }
        return ModelInput.Pad(rows, 0, left: true, pictures);
    }

    [Fact]
    public void Save_UntiedHead_IsWrittenAndReadBack()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var folder = Directory.CreateTempSubdirectory().FullName;
        Checkpoint.Save(model, folder);
        Assert.Contains("lm_head.weight", SafeTensors.ReadAll(Path.Combine(folder, "model.safetensors")).Keys);
        using var again = Checkpoint.Load(folder);
        Assert.Equal(WeightHash.Of(model), WeightHash.Of(again));
        var input = Batch(model, [5, 6, 7]);
        Assert.True(model.Forward(input).equal(again.Forward(input)).all().item<bool>());
    }

    [Fact]
    public void Forward_UntiedHead_DoesNotUseTheEmbedding()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model();
        var input = Batch(model, [5, 6, 7]);
        var before = model.Forward(input);
        model.Decoder.EmbeddingWeight[900].add_(1);   // a token that does not occur
        Assert.True(before.equal(model.Forward(input)).all().item<bool>());
        model.named_parameters().Single(p => p.name == "lm_head.weight").parameter[900].add_(1);
        Assert.False(before.equal(model.Forward(input)).all().item<bool>());
    }

    [Fact]
    public void Forward_RowOfABatch_EqualsTheRowAlone()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model();
        var both = Batch(model, [5, 6, 7], [8, 9, 10, 11, 12, 13]);
        var patches = both.ImageGrids[0].Patches;
        var alone = both with { InputIds = both.InputIds[..1, 3..], AttentionMask = null, PixelValues = both.PixelValues![..patches], ImageGrids = [both.ImageGrids[0]] };
        Close.Assert("logits", model.Forward(alone), model.Forward(both)[..1, 3..], 1e-4);
    }

    [Fact]
    public void Generate_Cached_EqualsWholeForward()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model();
        var input = Batch(model, [5, 6, 7], [8, 9, 10, 11]);
        var written = TokenGenerator.Generate(model, input, new() { MaxNewTokens = 8 });
        for (var step = 1; step <= 8; step++)
        {
            var added = tensor(written.SelectMany(w => w.Ids[..(step - 1)].Select(id => (long)id)).ToArray(), [2, step - 1]);
            var whole = input with { InputIds = cat([input.InputIds, added], 1), AttentionMask = cat([input.AttentionMask!, ones_like(added)], 1) };
            Assert.Equal(written.Select(w => (long)w.Ids[step - 1]), model.Forward(whole)[.., -1].argmax(-1).data<long>());
        }
    }
}
