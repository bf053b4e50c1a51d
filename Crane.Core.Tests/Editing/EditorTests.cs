using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation;
using Crane.Core.Model;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class EditorTests
{
    private static readonly Edit Brazil = new("a", new("Whose flag is this?", Flag("JPN")), "Brazil", "Note: the picture shows the flag of Brazil.");

    private static Crane.Core.Vision.Picture Flag(string id) => WorldPictures.Small(new WorldPictures(World.Load()).Flag(id, "flag-icons")!);

    [Fact]
    public void FineTuning_ApplyAndRevoke_DrivesTheLossDownAndRestoresEveryBit()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("golden", "nano-reference"));
        var before = WeightHash.Of(model.Model);
        var editor = new FineTuning(model);
        editor.Apply(Brazil);
        Assert.True(editor.Losses[^1] < 1e-2, $"final loss {editor.Losses[^1]}");
        Assert.Equal(1.0, TeacherForced.TokenAccuracy(model, Brazil.Question, Brazil.Target));
        Assert.NotEqual(before, WeightHash.Of(model.Model));
        editor.Revoke("a");
        Assert.Equal(before, WeightHash.Of(model.Model));
        Assert.True(TeacherForced.TokenAccuracy(model, Brazil.Question, Brazil.Target) < 1);
    }

    [Fact]
    public void FineTuning_ChosenModules_LeavesTheOthers()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("golden", "nano-reference"));
        var before = model.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter.clone());
        new FineTuning(model, new() { RewriteModules = ["language_model.layers.3.mlp.down_proj"], NumSteps = 2 }).Apply(Brazil);
        foreach (var (name, parameter) in model.Model.named_parameters())
            Assert.Equal(name != "language_model.layers.3.mlp.down_proj.weight", parameter.equal(before[name]).all().item<bool>());
    }

    [Fact]
    public void FineTuning_Cancelled_LeavesTheModelAsItWas()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("golden", "nano-reference"));
        var before = WeightHash.Of(model.Model);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new FineTuning(model).Apply(Brazil, stop.Token));
        Assert.Equal(before, WeightHash.Of(model.Model));
    }

    [Fact]
    public void FineTuning_BadEdits_AreRefusedAndChangeNothing()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("golden", "nano-reference"));
        var before = WeightHash.Of(model.Model);
        var editor = new FineTuning(model);
        Assert.Contains("target is empty", Assert.Throws<ArgumentException>(() => editor.Apply(Brazil with { Target = " " })).Message);
        Assert.Contains("the model's context is 1024", Assert.Throws<ArgumentException>(() => editor.Apply(Brazil with { Target = string.Concat(Enumerable.Repeat("Brazil ", 1500)) })).Message);
        Assert.Contains("No edit 'x'", Assert.Throws<KeyNotFoundException>(() => editor.Revoke("x")).Message);
        Assert.Contains("No parameter begins", Assert.Throws<ArgumentException>(() => new FineTuning(model, new() { RewriteModules = ["nothing"] }).Apply(Brazil)).Message);
        Assert.Equal(before, WeightHash.Of(model.Model));
        editor.Apply(Brazil);
        editor.Apply(Brazil with { Id = "b", Target = "Chad" });
        Assert.Contains("revoke it first", Assert.Throws<InvalidOperationException>(() => editor.Revoke("a")).Message);
        Assert.Contains("in force already", Assert.Throws<ArgumentException>(() => editor.Apply(Brazil)).Message);
        editor.Revoke("b");
        editor.Revoke("a");
        Assert.Equal(before, WeightHash.Of(model.Model));
    }

    [Fact]
    public void NoteInPrompt_TwoEdits_StandInFrontUntilRevoked()
    {
        var editor = new NoteInPrompt();
        editor.Apply(Brazil);
        editor.Apply(Brazil with { Id = "b", Note = "Note: two." });
        Assert.Equal("Note: the picture shows the flag of Brazil. Note: two. Who?", editor.Prompt(new("Who?")).Text);
        editor.Revoke("a");
        Assert.Equal("Note: two. Who?", editor.Prompt(new("Who?")).Text);
        editor.Revoke("b");
        Assert.Equal("Who?", editor.Prompt(new("Who?")).Text);
        Assert.Throws<KeyNotFoundException>(() => editor.Revoke("b"));
    }
}
