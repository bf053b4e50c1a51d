using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

/// <summary>Sizes that the stored checkpoints do not have, with values that need no reference: heads tied the other way, one or as many key as query heads,
/// heads wider than the model, odd patches, other windows and blocks of full attention.</summary>
[Collection(nameof(Torch))]
public class VariantTests
{
    private static readonly QwenVlConfig Base = QwenVlConfig.Load(DataFolder.Of("nano"));

    private static readonly Dictionary<string, QwenVlConfig> Configs = new()
    {
        ["qwen3, untied"] = Base with
        {
            TieWordEmbeddings = false,
            Text = Base.Text with { HiddenSize = 40, IntermediateSize = 56, NumHiddenLayers = 3, NumAttentionHeads = 3, NumKeyValueHeads = 3, HeadDim = 24,
                MropeSection = [4, 4, 4], RmsNormEps = 1e-5 },
            Vision = (Qwen3VisionConfig)Base.Vision with { HiddenSize = 36, NumHeads = 3, IntermediateSize = 20, Depth = 3, PatchSize = 5,
                NumPositionEmbeddings = 49, DeepstackVisualIndexes = [0, 2], OutHiddenSize = 40 },
        },
        ["qwen2.5, tied"] = Qwen25(tie: true, keyHeads: 1, new() { HiddenSize = 64, NumHeads = 4, IntermediateSize = 72, Depth = 4, PatchSize = 5,
            WindowSize = 20, FullattBlockIndexes = [2], TokensPerSecond = 3, OutHiddenSize = 40 }),
        ["qwen2.5, untied"] = Qwen25(tie: false, keyHeads: 4, new() { HiddenSize = 24, NumHeads = 2, IntermediateSize = 20, Depth = 3, PatchSize = 5,
            WindowSize = 37, FullattBlockIndexes = [], TokensPerSecond = 2, OutHiddenSize = 40 }),
    };

    private static QwenVlConfig Qwen25(bool tie, int keyHeads, Qwen25VisionConfig vision) => Base with
    {
        TieWordEmbeddings = tie,
        Vision = vision,
        Text = Base.Text with { HiddenSize = 40, IntermediateSize = 56, NumHiddenLayers = 3, NumAttentionHeads = 4, NumKeyValueHeads = keyHeads, HeadDim = 10,
            MropeSection = [2, 1, 2], RmsNormEps = 1e-5,
            QkNorm = false, AttentionBias = true, MropeInterleaved = false },
    };

    public static TheoryData<string> Variants() => new(Configs.Keys);

    private static QwenVl Model(QwenVlConfig config)
    {
        manual_seed(3);
        var model = new QwenVl(config);
        using var none = no_grad();
        foreach (var parameter in model.parameters()) parameter.add_(randn_like(parameter) * 0.2);   // no zero bias hides a missing term
        model.eval();
        return model;
    }

    private static ModelInput Batch(QwenVl model, params int[][] texts)
    {
        var random = new Random(1);
        var processor = new ImageProcessor(new() { PatchSize = 5, MinPixels = 100, MaxPixels = 2500 });
        var (rows, pictures) = (new List<int[]>(), new List<VisionInput>());
        foreach (var text in texts)
        {
            var bytes = new byte[50 * 40 * 3];
            random.NextBytes(bytes);
            pictures.Add(processor.Process(new Picture(50, 40, bytes)));
            rows.Add([1, model.Config.VisionStartTokenId, .. Enumerable.Repeat(model.Config.ImageTokenId, pictures[^1].Grid.Tokens(2)),
                model.Config.VisionEndTokenId, .. text]);
        }
        return ModelInput.Pad(rows, 0, left: true, pictures);
    }

    [Theory, MemberData(nameof(Variants))]
    public void Save_Variant_IsReadBackUnderItsKeys(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(Configs[name]);
        var folder = Directory.CreateTempSubdirectory().FullName;
        Checkpoint.Save(model, folder);
        var keys = SafeTensors.ReadAll(Path.Combine(folder, "model.safetensors")).Keys;
        Assert.Equal(!model.Config.TieWordEmbeddings, keys.Contains("lm_head.weight"));
        Assert.Contains(model.Config.Architecture == Architecture.Qwen25Vl ? "model.layers.0.self_attn.q_proj.bias"
            : "model.language_model.layers.0.self_attn.q_norm.weight", keys);
        using var again = Checkpoint.Load(folder);
        Assert.Equal(model.Config.ToJson(), again.Config.ToJson());
        Assert.Equal(WeightHash.Of(model), WeightHash.Of(again));
        var input = Batch(model, [5, 6, 7]);
        Assert.True(model.Forward(input).equal(again.Forward(input)).all().item<bool>());
    }

    [Theory, MemberData(nameof(Variants))]
    public void Forward_UntiedHead_DoesNotUseTheEmbedding(string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model(Configs[name]);
        var input = Batch(model, [5, 6, 7]);
        var before = model.Forward(input);
        model.Decoder.EmbeddingWeight[900].add_(1);   // a token that does not occur
        Assert.Equal(!model.Config.TieWordEmbeddings, before.equal(model.Forward(input)).all().item<bool>());
    }

    [Theory, MemberData(nameof(Variants))]
    public void Forward_LeftPaddedRowOfABatch_EqualsTheRowAlone(string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model(Configs[name]);
        var both = Batch(model, [5, 6, 7], [8, 9, 10, 11, 12, 13]);
        var patches = both.ImageGrids[0].Patches;
        var alone = both
            with { InputIds = both.InputIds[..1, 3..], AttentionMask = null, PixelValues = both.PixelValues![..patches], ImageGrids = [both.ImageGrids[0]] };
        Close.Assert("logits", model.Forward(alone), model.Forward(both)[..1, 3..], 1e-4);
    }

    [Theory, MemberData(nameof(Variants))]
    public void Generate_Cached_EqualsWholeForward(string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model(Configs[name]);
        var input = Batch(model, [5, 6, 7], [8, 9, 10, 11]);
        var written = TokenGenerator.Generate(model, input, new() { MaxNewTokens = 8 });
        for (var step = 1; step <= 8; step++)
        {
            var added = tensor(written.SelectMany(w => w.Ids[..(step - 1)].Select(id => (long)id)).ToArray(), [2, step - 1]);
            var whole = input with { InputIds = cat([input.InputIds, added], 1), AttentionMask = cat([input.AttentionMask!, ones_like(added)], 1) };
            Assert.Equal(written.Select(w => (long)w.Ids[step - 1]), model.Forward(whole)[.., -1].argmax(-1).data<long>());
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void BeamSearch_AsManyBeamsAsTokens_FindsTheLikeliestPair(string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model(Configs[name]);
        var (prompt, vocabulary) = (tensor(new long[] { 5, 6, 7 }, [1, 3]), model.Config.Text.VocabSize);
        var best = BeamSearch.Generate(model, new() { InputIds = prompt },
            new() { MaxNewTokens = 2, NumBeams = vocabulary, NumReturnSequences = 3, LengthPenalty = 0 })[0];
        var first = model.Forward(new() { InputIds = prompt })[0, -1].log_softmax(-1);                       // [vocabulary]
        var placeholders = tensor(new long[] { model.Config.ImageTokenId, model.Config.VideoTokenId });      // without a picture they cannot be read
        first = first.index_fill(0, placeholders, double.NegativeInfinity);
        var every = cat([prompt.expand(vocabulary, -1), arange(vocabulary).index_fill(0, placeholders, 1).unsqueeze(1)], 1);   // [vocabulary, 4]
        var pairs = model.Forward(new() { InputIds = every })[.., -1].log_softmax(-1) + first.unsqueeze(1);  // [vocabulary, vocabulary]
        var (sums, places) = pairs.flatten().topk(3);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(sums[i].item<float>(), best[i].Score, 1e-3f);
            Assert.Equal(places[i].item<long>(), best[i].Tokens.Ids[0] * (long)vocabulary + best[i].Tokens.Ids[1]);
            Assert.Equal(best[i].Score, best[i].Tokens.LogProbs.Sum(), 1e-3f);
        }
    }
}
