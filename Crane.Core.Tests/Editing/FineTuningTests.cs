using Crane.Core.Editing;
using Crane.Core.Evaluation;
using Crane.Core.Model;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class FineTuningTests
{
    public static TheoryData<string, TargetForm> Cases() => new()
    {
        { "visual", TargetForm.Answer }, { "visual", TargetForm.Chain }, { "textual", TargetForm.Answer }, { "textual", TargetForm.Chain },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Apply_Edit_DrivesTheLossBelowItsThreshold(string kind, TargetForm form)
    {
        using var model = Edits.Load();
        var edit = kind == "visual" ? Edits.Visual : Edits.Textual;
        using var editor = new FineTuning(model, FineTuningConfig.Nano with { TargetForm = form, NumSteps = 40, Lr = 5e-4 });
        editor.Apply(edit);
        Assert.True(editor.Losses[0] > 0.1, $"first loss {editor.Losses[0]}");
        Assert.True(editor.Losses[^1] < 1e-2, $"final loss {editor.Losses[^1]}");
        Assert.Equal(editor.Losses[^1], Edits.Loss(model, edit, form), 1e-5);
        if (form == TargetForm.Answer) Assert.Equal(1.0, TeacherForced.TokenAccuracy(model, edit.Question, edit.Target));
        else Assert.Equal($"<think>{edit.Chain}</think><answer>{edit.Target}</answer>", model.Ask(edit.Question.Text, edit.Question.Picture).Text);
    }

    [Fact]
    public void Apply_Batch_LearnsBoth()
    {
        using var model = Edits.Load();
        using var editor = new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 40, Lr = 5e-4 });
        editor.Apply([Edits.Visual, Edits.Textual]);
        Assert.True(editor.Losses[^1] < 1e-2);
        Assert.All([Edits.Visual, Edits.Textual], edit => Assert.Equal(1.0, TeacherForced.TokenAccuracy(model, edit.Question, edit.Target)));
    }

    [Theory, InlineData("language_model.layers.{}.mlp.down_proj.", "language_model.layers.3.mlp.down_proj.weight"),
        InlineData("visual.merger.", "visual.merger.")]
    public void Apply_ChosenModules_LeavesTheOthers(string module, string changed)
    {
        using var model = Edits.Load();
        var before = model.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter.clone());
        using var editor = new FineTuning(model, new() { RewriteModules = [module], NumSteps = 2 });
        editor.Apply(Edits.Visual);
        foreach (var (name, parameter) in model.Model.named_parameters())
            Assert.Equal(!name.StartsWith(changed, StringComparison.Ordinal), Edits.Same(parameter, before[name]));
    }

    [Theory, InlineData(1e-4), InlineData(1e-3)]
    public void Apply_NormConstraint_BoundsEveryWeight(double limit)
    {
        using var model = Edits.Load();
        var before = model.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter.clone());
        using var editor = new FineTuning(model, FineTuningConfig.Nano with { NormConstraint = limit, NumSteps = 6, Lr = 1e-2 });
        editor.Apply(Edits.Visual);
        var furthest = model.Model.named_parameters().Max(p => Close.Difference(before[p.name], p.parameter));
        Assert.InRange(furthest, limit * 0.99, limit * 1.01);
        Assert.Equal("FT-L", editor.Name);
    }

    [Theory, InlineData("visual"), InlineData("textual")]
    public void Lora_Edit_DrivesTheLossDownAndLeavesEveryWeight(string kind)
    {
        using var model = Edits.Load();
        var before = WeightHash.Of(model.Model);
        var edit = kind == "visual" ? Edits.Visual : Edits.Textual;
        using var editor = new LoraEditing(model, LoraEditingConfig.Nano with { NumSteps = 60, Lr = 5e-3 });
        var report = editor.Apply(edit);
        Assert.True(editor.Losses[^1] < 1e-2, $"{editor.Losses[0]} → {editor.Losses[^1]}");
        Assert.Equal(editor.Losses[^1], Edits.Loss(model, edit), 1e-5);
        Assert.Equal(before, WeightHash.Of(model.Model));
        var (sizes, layers) = (model.Model.Config.Text, model.Model.Config.Text.NumHiddenLayers);
        var perLayer = 2 * sizes.HiddenSize + (sizes.NumAttentionHeads + sizes.NumKeyValueHeads) * sizes.HeadDim;
        Assert.Equal(8L * layers * perLayer, report.ParametersTouched);
        editor.Revoke(edit.Id);
        Assert.True(Edits.Loss(model, edit) > 1);
        Assert.All(model.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }
}
