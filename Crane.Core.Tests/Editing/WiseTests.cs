using Crane.Core.Editing;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class WiseTests
{
    private static readonly WiseConfig Config = WiseConfig.Nano with { Layer = 1, EditLr = 0.05, NIter = 200 };

    [Fact]
    public void TiesMerge_OneShardAtDensityOne_IsTheShard()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var (origin, side) = (randn(5, 7), randn(5, 7));
        Close.Assert("merged", side, TiesMerge.Of(origin, [side], [1], 1), 1e-6);
        Assert.False(TiesMerge.Of(origin, [side], [1], 0.5).allclose(side));
    }

    [Fact]
    public void TiesMerge_TwoShards_ElectsSignsAndAverages()
    {
        using var scope = NewDisposeScope();
        var origin = zeros(1, 4);
        var first = tensor((float[])[4, -3, 0.1f, 2]).view(1, 4);
        var second = tensor((float[])[2, 5, 0.2f, -1]).view(1, 4);
        // Kept at density 0.75: {4, −3, 2} and {2, 5, −1}. Elected: +, +, +, +. Agreeing: (4, 2), (5), none, (2).
        Close.Assert("merged", tensor((float[])[3, 5, 0, 2]).view(1, 4), TiesMerge.Of(origin, [first, second], [0.5, 0.5], 0.75), 1e-6);
        Close.Assert("weighted", tensor((float[])[3.5f, -3, 0, 2]).view(1, 4), TiesMerge.Of(origin, [first, second], [0.75, 0.25], 0.75), 1e-6);
        Assert.Contains("one weight each", Assert.Throws<ArgumentException>(() => TiesMerge.Of(origin, [first], [], 1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => TiesMerge.Of(origin, [first], [1], 0));
    }

    [Fact]
    public void MarginLoss_Activations_IsTheSumOfThreeHinges()
    {
        using var scope = NewDisposeScope();
        var config = new WiseConfig { Alpha = 5, Beta = 20, Gamma = 10 };
        double Loss(float inScope, float outScope) => Wise.MarginLoss(tensor((float[])[inScope]), tensor((float[])[outScope]), config).item<float>();
        Assert.Equal(0, Loss(21, 4));
        Assert.Equal(3, Loss(17, 4), 1e-5);                // β
        Assert.Equal(8 + 2, Loss(21, 13), 1e-5);           // α and γ
        Assert.Equal(10 + 20, Loss(0, 0), 1e-5);           // fresh: γ and β
    }

    [Fact]
    public void Apply_Router_LeavesUnrelatedInputsBitEqual()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var hash = WeightHash.Of(model.Model);
        Question[] others = [.. Edits.Corpus];
        var before = others.Select(question => Edits.Logits(model, question)).ToList();
        using var editor = new Wise(model, Edits.Corpus, Config);
        editor.Apply(Edits.Textual);
        Assert.Equal(hash, WeightHash.Of(model.Model));
        var margin = editor.Memories[0].MinActivation * Config.ActRatio;
        Assert.True(editor.Activations(Edits.Textual.Question)[0] >= margin);
        var outside = others.Zip(before).Where(pair => editor.Activations(pair.First)[0] < margin).ToList();
        Assert.NotEmpty(outside);
        foreach (var (question, logits) in outside) Assert.True(Edits.Same(logits, Edits.Logits(model, question)), question.Text);
        var batch = Edits.Logits(model, Edits.Textual.Question, outside[0].First);
        Assert.True(editor.Losses[^1] < editor.Losses[0]);
        editor.RevokeAll();
        var batchBefore = Edits.Logits(model, Edits.Textual.Question, outside[0].First);
        Assert.False(Edits.Same(batchBefore[0], batch[0]));
        Assert.True(Edits.Same(batchBefore[1], batch[1]));   // the neighbour in the batch
    }

    [Fact]
    public void Apply_Edit_ChangesNoMoreThanItsShareOfTheMatrix()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var editor = new Wise(model, Edits.Corpus, Config with { NIter = 3, MaskRatio = 0.2, NormConstraint = 1e-2 });
        editor.Apply(Edits.Visual);
        var moved = editor.Memories[0].Weight - model.Model.Decoder.Layers[Config.Layer].Mlp.DownWeight;
        var share = moved.ne(0).to(float64).mean().item<double>();
        Assert.InRange(share, 0.1, 0.21);
        Assert.InRange(moved.abs().max().item<float>(), 1e-4, 1.001e-2);
    }

    [Fact]
    public void Apply_ManyEdits_ShardsThenMerges()
    {
        using var model = Edits.Load();
        using var editor = new Wise(model, Edits.Corpus, Config with { NIter = 3, SaveFreq = 1, MergeFreq = 3 });
        Edit Numbered(int i) => Edits.Textual with { Id = $"{i}", Question = Edits.Corpus[6 + i], Subject = null, Target = "Yen" };
        editor.Apply(Numbered(0));
        editor.Apply(Numbered(1));
        Assert.Equal([false, false], editor.Memories.Select(memory => memory.Merged));
        editor.Apply(Numbered(2));
        var merged = Assert.Single(editor.Memories);
        Assert.True(merged.Merged);
        Assert.Equal(["0", "1", "2"], merged.Edits);
        for (var i = 0; i < 3; i++) Assert.True(editor.Activations(Edits.Corpus[6 + i])[0] >= merged.MinActivation - 1e-6);
        editor.Apply(Numbered(3));
        Assert.Equal([true, false], editor.Memories.Select(memory => memory.Merged));
        editor.Revoke("1");
        Assert.Equal(["0", "2", "3"], Assert.Single(editor.Memories).Edits);
    }

    [Fact]
    public void Merge_OfOneShardAtDensityOne_IsItsSideMemory()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        Tensor Memory(int mergeFreq, bool merged)
        {
            using var editor = new Wise(model, Edits.Corpus, Config with { NIter = 5, MergeFreq = mergeFreq, Densities = 1 });
            editor.Apply([Edits.Visual, Edits.Textual]);
            var memory = Assert.Single(editor.Memories);
            Assert.Equal(merged, memory.Merged);
            return memory.Weight.clone();
        }
        var side = Memory(mergeFreq: 100, merged: false);
        Close.Assert("merged", side, Memory(mergeFreq: 2, merged: true), 1e-6);
        Assert.True(Close.Difference(side, model.Model.Decoder.Layers[Config.Layer].Mlp.DownWeight) > 1e-3);
    }

    [Fact]
    public void Generate_WithTheEdit_EqualsWholePasses()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Edits.Load();
        using var editor = new Wise(model, Edits.Corpus, Config);
        using (enable_grad()) editor.Apply(Edits.Textual);
        Question[] questions = [Edits.Textual.Question, Edits.Corpus[0]];
        var input = model.Prompts.Batch(questions);
        var written = model.Generate(questions, new() { MaxNewTokens = 6, EosTokenIds = [] });
        var ids = tensor(written.SelectMany(row => row.Tokens.Ids.Select(id => (long)id)).ToArray(), [2, 6]);
        var whole = model.Model.Forward(input with { InputIds = cat([input.InputIds, ids], 1),
            AttentionMask = cat([input.AttentionMask!, ones_like(ids)], 1) });
        Assert.Equal(ids.flatten().data<long>().ToArray(), whole[.., ^7..^1].argmax(-1).flatten().data<long>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_RowsThatLeaveOrChangePlaces_TakeTheirRoutesAlong(int beams)
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        using var editor = new Wise(model, Edits.Corpus, WiseConfig.Nano with { TargetForm = TargetForm.Chain });
        editor.Apply(Edits.Textual);
        Question[] questions = [.. Edits.Corpus.Skip(6), Edits.Corpus[0], Edits.Corpus[2], Edits.Textual.Question];
        var margin = editor.Memories[0].MinActivation * WiseConfig.Nano.ActRatio;
        bool[] routed = [.. questions.Select(question => editor.Activations(question)[0] >= margin)];
        Assert.True(routed[^1]);
        Assert.Contains(false, routed[..3]);
        var config = model.Generation with { MaxNewTokens = 30, NumBeams = beams };
        var together = model.Generate(questions, config);
        for (var row = 0; row < questions.Length; row++) Assert.Equal(model.Generate([questions[row]], config)[0].Text, together[row].Text);
        editor.RevokeAll();
        Assert.NotEqual(model.Generate([questions[^1]], config)[0].Text, together[^1].Text);
    }
}
