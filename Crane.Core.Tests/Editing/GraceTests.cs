using Crane.Core.Editing;
using Crane.Core.Evaluation;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class GraceTests
{
    private static Tensor Key(float x) => tensor((float[])[x, 0]);

    [Fact]
    public void Codebook_FarQuery_AddsAnEntry()
    {
        var (one, first) = Codebook.Insert([], Key(0), "A", "a", 1);
        var (two, second) = Codebook.Insert(one, Key(2.5f), "B", "b", 1);
        Assert.Equal((0, 1), (first, second));
        Assert.Equal([1.0, 1.0], two.Select(entry => entry.Epsilon));
        Assert.Equal(0, Codebook.Find(two, Key(-1)).Index);
        Assert.Equal(-1, Codebook.Find(two, Key(-1.01f)).Index);
        Assert.Equal(1, Codebook.Find(two, Key(1.6f)).Index);
    }

    [Fact]
    public void Codebook_NearQueryOfTheSameLabel_ExpandsTheRadius()
    {
        var (one, _) = Codebook.Insert([], Key(0), "A", "a", 1);
        var (grown, index) = Codebook.Insert(one, Key(1.5f), "A", "b", 1);
        Assert.Equal(0, index);
        Assert.Equal(1.5, Assert.Single(grown).Epsilon, 1e-6);
        var (same, _) = Codebook.Insert(grown, Key(0.5f), "A", "c", 1);
        Assert.Equal(1.5, Assert.Single(same).Epsilon, 1e-6);   // never shrinks
    }

    [Fact]
    public void Codebook_NearQueryOfAnotherLabel_SplitsAtHalfTheDistance()
    {
        var (one, _) = Codebook.Insert([], Key(0), "A", "a", 1);
        var (split, index) = Codebook.Insert(one, Key(0.8f), "B", "b", 1);
        Assert.Equal(1, index);
        Assert.Equal(0.4 - 1e-5, split[0].Epsilon, 1e-6);
        Assert.Equal(0.4, split[1].Epsilon, 1e-6);
        Assert.Equal([0, -1, 1], ((float[])[0.3f, 1.3f, 0.5f]).Select(x => Codebook.Find(split, Key(x)).Index));
    }

    [Fact]
    public void Apply_OutsideTheRadius_LogitsAreBitEqual_InsideTheEditHolds()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        Question[] others = [.. Edits.Corpus, Edits.Textual.Question, new("Whose flag is this?", Edits.Flag("BRA"))];
        var before = others.Select(question => Edits.Logits(model, question)).ToList();
        var batchBefore = Edits.Logits(model, Edits.Visual.Question, Edits.Corpus[0]);
        var hash = WeightHash.Of(model.Model);
        using var editor = new Grace(model, GraceConfig.Nano with { Eps = 1e-3 });
        editor.Apply(Edits.Visual);
        Assert.Equal(hash, WeightHash.Of(model.Model));
        foreach (var (question, logits) in others.Zip(before)) Assert.True(Edits.Same(logits, Edits.Logits(model, question)), question.Text);
        var batch = Edits.Logits(model, Edits.Visual.Question, Edits.Corpus[0]);
        Assert.False(Edits.Same(batchBefore[0], batch[0]));
        Assert.True(Edits.Same(batchBefore[1], batch[1]));   // the neighbour in the batch
        Assert.True(editor.Losses[^1] < 0.1 * editor.Losses[0], $"{editor.Losses[0]} → {editor.Losses[^1]}");
        Assert.Equal(1.0, TeacherForced.TokenAccuracy(model, Edits.Visual.Question, Edits.Visual.Target));
    }

    [Fact]
    public void Apply_RadiusThatCoversAll_ChangesUnrelatedInputs()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var before = Edits.Logits(model, Edits.Corpus[0]);
        using var editor = new Grace(model, GraceConfig.Nano with { Eps = 1e3, NIter = 2 });
        editor.Apply(Edits.Visual);
        Assert.False(Edits.Same(before, Edits.Logits(model, Edits.Corpus[0])));   // the negative control of the test above
    }

    [Theory, InlineData(ValueInit.Cold), InlineData(ValueInit.Warm)]
    public void Generate_WithTheEdit_EqualsWholePasses(ValueInit init)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Edits.Load();
        using var editor = new Grace(model, GraceConfig.Nano with { NIter = 2, ValInit = init });
        using (enable_grad()) editor.Apply([Edits.Visual, Edits.Textual]);
        var input = model.Prompts.Batch([Edits.Visual.Question, Edits.Textual.Question]);
        var written = model.Generate([Edits.Visual.Question, Edits.Textual.Question], new() { MaxNewTokens = 6, EosTokenIds = [] });
        var ids = tensor(written.SelectMany(row => row.Tokens.Ids.Select(id => (long)id)).ToArray(), [2, 6]);
        var whole = model.Model.Forward(input with { InputIds = cat([input.InputIds, ids], 1),
            AttentionMask = cat([input.AttentionMask!, ones_like(ids)], 1) });
        Assert.Equal(ids.flatten().data<long>().ToArray(), whole[.., ^7..^1].argmax(-1).flatten().data<long>().ToArray());
    }

    [Fact]
    public void Key_OfTheSameQuestion_IsFoundAgain()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var editor = new Grace(model, GraceConfig.Nano with { NIter = 1 });
        editor.Apply([Edits.Visual, Edits.Textual]);
        Assert.Equal(["a", "t"], editor.Entries.Select(entry => entry.Owner));
        Assert.Equal(0, Codebook.Find(editor.Entries, editor.Key(Edits.Visual.Question)).Index);
        Assert.Equal(1, Codebook.Find(editor.Entries, editor.Key(Edits.Textual.Question)).Index);
    }
}
