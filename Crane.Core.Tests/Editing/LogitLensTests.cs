using Crane.Core.Editing;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class LogitLensTests
{
    [Fact]
    public void ChainPlace_OfTheModelsOwnAnswer_IsWhereTheEntityBegins()
    {
        using var model = Edits.Load();
        var place = ChainPlace.Of(model, Edits.Visual.Question, "Japan");
        Assert.NotNull(place);
        Assert.Equal("<think>The picture shows the flag of", model.Tokenizer.Decode(place.Written));
        Assert.StartsWith(model.Tokenizer.Decode([place.Token]).Trim(), "Japan", StringComparison.Ordinal);
        Assert.StartsWith(model.Tokenizer.Decode([place.Instead(model, "Brazil")]).Trim(), "Brazil", StringComparison.Ordinal);
        Assert.Null(ChainPlace.Of(model, Edits.Visual.Question, "Atlantis"));
    }

    [Fact]
    public void LogitLens_LastLayer_IsTheModelItself_AndAnEditShows()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var place = ChainPlace.Of(model, Edits.Visual.Question, "Japan")!;
        int[] tokens = [place.Token, place.Instead(model, "Brazil")];
        var before = LogitLens.Of(model, Edits.Visual.Question, place.Written, tokens);
        Assert.Equal(model.Model.Config.Text.NumHiddenLayers, before.Length);
        using (no_grad())
        {
            var (input, labels) = TargetBatch.Of(model, [(Edits.Visual.Question, (int[])[.. place.Written, place.Token])]);
            Assert.Equal(Math.Exp(-Crane.Core.Training.CausalLoss.Of(model.Model, input,
                labels.clone().index_fill_(1, arange(labels.shape[1] - 1), -100)).Loss.item<float>()), before[^1][0], 1e-4);
        }
        Assert.True(before[^1][0] > 0.5 && before[^1][1] < 0.1);
        using var editor = new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 40, Lr = 5e-4, TargetForm = TargetForm.Chain });
        editor.Apply(Edits.Visual);
        var after = LogitLens.Of(model, Edits.Visual.Question, place.Written, tokens);
        Assert.True(after[^1][0] < 0.1 && after[^1][1] > 0.5);
    }

    [Fact]
    public void CausalTracing_InTheChain_ReadsTheEntityThere()
    {
        using var model = Edits.Load();
        var place = ChainPlace.Of(model, Edits.Visual.Question, "Japan")!;
        var trace = CausalTracing.Of(model, Edits.Visual.Question, " Japan", null, new() { Samples = 2 }, place.Written);
        Assert.Equal(LogitLens.Of(model, Edits.Visual.Question, place.Written, [place.Token])[^1][0], trace.Clean, 1e-4);
        Assert.Equal(model.Prompts.Encode(Edits.Visual.Question).Ids.Length + place.Written.Length, trace.Tokens.Count);
        Assert.Equal(trace.Clean, trace.Restored[^1][^1], 1e-3);
        Assert.True(trace.Corrupted < trace.Clean - 0.3, $"{trace.Clean} → {trace.Corrupted}");
    }
}
