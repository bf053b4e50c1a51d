using Crane.Core.Model;
using Crane.Core.Tests.Editing;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch))]
public class MlpHookTests
{
    [Fact]
    public void Intervene_UntilDisposed_ChangesThePass()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var question = Edits.Visual.Question;
        var before = Edits.Logits(model, question);
        var mlp = model.Model.Decoder.Layers[1].Mlp;
        using (mlp.Intervene((_, values, _) => values))
            Assert.True(Edits.Same(before, Edits.Logits(model, question)));
        using (mlp.Intervene((_, values, _) => values * 2))
        using (mlp.Intervene((_, values, _) => values / 2))   // in order: the values of the first
            Assert.True(Edits.Same(before, Edits.Logits(model, question)));
        using (mlp.Intervene((keys, _, _) => keys.matmul(mlp.DownWeight.t()) + 1))
            Assert.False(Edits.Same(before, Edits.Logits(model, question)));
        Assert.True(Edits.Same(before, Edits.Logits(model, question)));
    }

    [Fact]
    public void Intervene_Generation_TellsThePromptFromCachedSteps()
    {
        using var model = Edits.Load();
        var (prompts, steps) = (0, 0);
        using var hook = model.Model.Decoder.Layers[0].Mlp.Intervene((keys, values, context) =>
        {
            if (context.Input is not null) prompts++;
            else steps++;
            Assert.NotNull(context.Cache);
            return values;
        });
        model.Generate([Edits.Textual.Question], new() { MaxNewTokens = 4, EosTokenIds = [] });
        Assert.Equal((1, 3), (prompts, steps));
    }

    [Fact]
    public void AnswerStarts_PromptsAndTargets_PointAtTheOpeningsLastToken()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var (visual, textual) = (model.Prompts.Encode(Edits.Visual.Question).Ids.Length, model.Prompts.Encode(Edits.Textual.Question).Ids.Length);
        var left = model.Prompts.Batch([Edits.Visual.Question, Edits.Textual.Question]);
        Assert.Equal([visual - 1, visual - 1], model.Prompts.AnswerStarts(left));
        var (right, _) = Crane.Core.Editing.TargetBatch.Of(model, [Edits.Visual, Edits.Textual], Crane.Core.Editing.TargetForm.Answer);
        Assert.Equal([visual - 1, textual - 1], model.Prompts.AnswerStarts(right));
        Assert.Equal([-1], model.Prompts.AnswerStarts(new() { InputIds = tensor((long[])[5, 6, 7]).view(1, 3) }));
    }
}
