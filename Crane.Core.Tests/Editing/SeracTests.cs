using Crane.Core.Editing;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class SeracTests
{
    private static readonly MetaExample[] Examples =
    [
        new(Edits.Visual, [new("Which country has this flag?", Edits.Visual.Question.Picture)], [(Edits.Corpus[0], "Italy"), (Edits.Corpus[7], "Santiago")]),
        new(Edits.Textual, [new("What is the currency of France?")], [(Edits.Corpus[1], "Chile"), (Edits.Corpus[8], "Nairobi")]),
    ];

    [Fact]
    public void Train_Examples_RoutesEditsToTheCounterfactualModelAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var second = Edits.Load();
        var hash = WeightHash.Of(model.Model);
        using var editor = new Serac(model, second, SeracConfig.Nano with { MaxIters = 40, Threshold = 0.5 });
        var losses = editor.Train(Examples);
        Assert.Equal(hash, WeightHash.Of(model.Model));
        Assert.True(losses[^1].Counterfactual < losses[0].Counterfactual && losses.TakeLast(5).Average(l => l.Scope) < losses.Take(5).Average(l => l.Scope));
        editor.Apply([Edits.Visual, Edits.Textual]);
        foreach (var edit in (Edit[])[Edits.Visual, Edits.Textual])
        {
            Assert.Same(second, ((IEditor)editor).Route(model, edit.Question));
            Assert.Equal(edit.Id, editor.Scope(edit.Question)!.Value.Edit.Id);
            Assert.StartsWith($"{edit.Question.Text} {edit.Target}\n", editor.Prompt(edit.Question).Text);
        }
        Assert.Same(model, ((IEditor)editor).Route(model, Edits.Corpus[7]));
        Assert.Equal(Edits.Corpus[7], editor.Prompt(Edits.Corpus[7]));
        editor.Revoke("t");
        Assert.NotEqual("t", editor.Scope(Edits.Textual.Question)!.Value.Edit.Id);
        editor.Revoke("a");
        Assert.Null(editor.Scope(Edits.Visual.Question));
        Assert.Same(model, editor.Route(model, Edits.Visual.Question));
    }

    [Fact]
    public void Classifier_SavedAndLoaded_IsTheSame()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "scope.safetensors");
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var classifier = new ScopeClassifier(model, 8, seed: 1);
        classifier.Save(file);
        using var again = new ScopeClassifier(model, 8, seed: 2);
        var (a, b) = (classifier.Embed(Edits.Visual.Question), classifier.Embed(Edits.Textual.Question));
        Assert.False(Edits.Same(classifier.Forward(a, b), again.Forward(a, b)));
        again.Load(file);
        Assert.True(Edits.Same(classifier.Forward(a, b), again.Forward(a, b)));
        using var other = new ScopeClassifier(model, 4, seed: 1);
        Assert.Contains("another scope_dim", Assert.Throws<InvalidDataException>(() => other.Load(file)).Message);
    }

    [Fact]
    public void Serac_WithoutASecondModel_IsRefused()
    {
        using var model = Edits.Load();
        Assert.Contains("must be a second one", Assert.Throws<ArgumentException>(() => new Serac(model, model)).Message);
    }
}
