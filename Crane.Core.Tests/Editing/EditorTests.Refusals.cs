using Crane.Core.Editing;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

/// <summary>What no editor takes, and that the model is as before then.</summary>
public partial class EditorTests
{
    [Theory, MemberData(nameof(Names))]
    public void Apply_BadEdit_IsRefusedAndChangesNothing(string name)
    {
        using var model = Edits.Load();
        using var editor = Methods[name](model);
        var before = WeightHash.Of(model.Model);
        void Refused<T>(string message, Action call) where T : Exception
        {
            Assert.Contains(message, Assert.Throws<T>(call).Message);
            Assert.Equal(before, WeightHash.Of(model.Model));
            Assert.Empty(editor.InForce);
        }
        Refused<ArgumentException>("target is empty", () => editor.Apply(Edits.Textual with { Target = " " }));
        Refused<ArgumentException>("has no picture", () => editor.Apply(Edits.Textual with { Kind = EditKind.Visual }));
        Refused<ArgumentException>("are called 't'", () => editor.Apply([Edits.Textual, Edits.Textual]));
        Refused<ArgumentException>("no edit", () => editor.Apply([]));
        Refused<KeyNotFoundException>("No edit 'x'", () => editor.Revoke("x"));
        if (editor is not PromptEditor)
        {
            Refused<ArgumentException>("special token '<|im_end|>'", () => editor.Apply(Edits.Textual with { Target = "Yen<|im_end|>" }));
            Refused<ArgumentException>("special token '<|image_pad|>'", () => editor.Apply([Edits.Visual, Edits.Textual with { Target = "<|image_pad|>" }]));
            Refused<ArgumentException>("the model's context is 1024", () =>
                editor.Apply([Edits.Visual, Edits.Textual with { Target = string.Concat(Enumerable.Repeat("Yen ", 1500)) }]));
        }
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => editor.Apply(Edits.Textual, stop.Token));
        Assert.Equal(before, WeightHash.Of(model.Model));
        editor.Apply(Edits.Textual);
        string State() => WeightHash.Of(model.Model) + string.Concat(Probe(editor, model));
        var inForce = State();
        Assert.Contains("in force already", Assert.Throws<ArgumentException>(() => editor.Apply(Edits.Textual)).Message);
        Assert.Throws<ArgumentException>(() => editor.Apply([Edits.Visual, Edits.Textual with { Id = "bad", Target = " " }]));
        Assert.Throws<KeyNotFoundException>(() => editor.Revoke("x"));
        Assert.Equal(inForce, State());
        Assert.Equal(["t"], editor.InForce.Select(edit => edit.Id));
    }

    /// <summary>Methods that search step by step, with more steps than anybody waits for.</summary>
    private static readonly Dictionary<string, Func<VisionLanguageModel, IEditor>> Endless = new()
    {
        ["FT"] = model => new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 1_000_000, LossThreshold = 0 }),
        ["FT one layer"] = model => new FineTuning(model, FineTuningConfig.NanoDownProjection with { NumSteps = 1_000_000, LossThreshold = 0 }),
        ["LoRA"] = model => new LoraEditing(model, LoraEditingConfig.Nano with { NumSteps = 1_000_000, LossThreshold = 0 }),
        ["ROME"] = model => new Rome(model, Edits.Corpus, RomeConfig.Nano with { VNumGradSteps = 1_000_000 }),
        ["MEMIT"] = model => new Memit(model, Edits.Corpus, MemitConfig.Nano with { VNumGradSteps = 1_000_000 }),
        ["AlphaEdit"] = model => new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { VNumGradSteps = 1_000_000 }),
        ["GRACE"] = model => new Grace(model, GraceConfig.Nano with { NIter = 1_000_000 }),
        ["WISE"] = model => new Wise(model, Edits.Corpus, WiseConfig.Nano with { NIter = 1_000_000 }),
    };

    public static TheoryData<string> EndlessNames() => [.. Endless.Keys];

    [Theory, MemberData(nameof(EndlessNames))]
    public void Apply_CancelledInItsSearch_ChangesNothing(string name)
    {
        using var model = Edits.Load();
        using var editor = Endless[name](model);
        string State() => WeightHash.Of(model.Model) + string.Concat(Probe(editor, model));
        var before = State();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Assert.ThrowsAny<OperationCanceledException>(() => editor.Apply([Edits.Visual, Edits.Textual], stop.Token));
        Assert.Equal(before, State());
        Assert.Empty(editor.InForce);
        Assert.All(model.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Theory]
    [InlineData("ROME")]
    [InlineData("MEMIT")]
    [InlineData("AlphaEdit")]
    public void Apply_SubjectThatTheQuestionDoesNotName_IsRefusedAndChangesNothing(string name)
    {
        using var model = Edits.Load();
        using IEditor editor = name switch
        {
            "ROME" => new Rome(model, Edits.Corpus, RomeConfig.Nano with { VNumGradSteps = 2, FactToken = FactToken.SubjectLast }),
            "MEMIT" => new Memit(model, Edits.Corpus, MemitConfig.Nano with { VNumGradSteps = 2, FactToken = FactToken.SubjectLast }),
            _ => new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { VNumGradSteps = 2, FactToken = FactToken.SubjectLast }),
        };
        var before = WeightHash.Of(model.Model);
        var edit = Edits.Textual with { Id = "bad", Subject = "Chad" };
        Assert.Contains("'Chad' does not occur", Assert.Throws<ArgumentException>(() => editor.Apply([Edits.Visual, edit])).Message);
        Assert.Equal(before, WeightHash.Of(model.Model));
        Assert.Empty(editor.InForce);
    }

    [Theory, MemberData(nameof(Names))]
    public void Load_OtherMethodOrSettingsOrModel_IsRefused(string name)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        using var model = Edits.Load();
        using var editor = Methods[name](model);
        editor.Apply(Edits.Textual);
        editor.Save(Path.Combine(folder, "saved"));
        Assert.Contains("revoke them before", Assert.Throws<InvalidOperationException>(() => editor.Load(Path.Combine(folder, "saved"))).Message);
        editor.Revoke("t");
        using var other = Methods[name.StartsWith("FT", StringComparison.Ordinal) ? "ROME" : "FT"](model);
        Assert.Contains("method is", Assert.Throws<InvalidDataException>(() => other.Load(Path.Combine(folder, "saved"))).Message);
        if (editor is PromptEditor) return;
        using (no_grad()) model.Model.Decoder.EmbeddingWeight[3].add_(1);
        var before = WeightHash.Of(model.Model);
        Assert.Contains("model is", Assert.Throws<InvalidDataException>(() => editor.Load(Path.Combine(folder, "saved"))).Message);
        Assert.Equal(before, WeightHash.Of(model.Model));
        Assert.Empty(editor.InForce);
    }

    [Fact]
    public void Revoke_WeightsChangedByAnother_IsRefused()
    {
        using var model = Edits.Load();
        using var first = new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 1 });
        first.Apply(Edits.Visual);
        using var other = new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 1 });
        other.Apply(Edits.Textual);
        Assert.Contains("changed again", Assert.Throws<InvalidOperationException>(() => first.Revoke("a")).Message);
        other.Revoke("t");
        first.Revoke("a");
    }

    [Fact]
    public void Apply_SettingsOfAnotherShape_AreRefused()
    {
        using var model = Edits.Load();
        var before = WeightHash.Of(model.Model);
        Assert.Contains("has 4 layers", Assert.Throws<ArgumentException>(() => new Grace(model, new())).Message);
        Assert.Contains("has 4 layers", Assert.Throws<ArgumentException>(() => new Wise(model, Edits.Corpus, new())).Message);
        Assert.Contains("has 4 layers", Assert.Throws<ArgumentException>(() => new Memit(model, Edits.Corpus, new())).Message);
        void Refused(string message, Func<IEditor> make)
        {
            Assert.Contains(message, Assert.Throws<ArgumentException>(() =>
            {
                using var other = make();
                other.Apply(Edits.Visual);
            }).Message);
            Assert.Equal(before, WeightHash.Of(model.Model));
        }
        Refused("has 4 layers", () => new Rome(model, Edits.Corpus, RomeConfig.Nano with { Layers = [9] }));
        Refused("has 4 layers", () => new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { Layers = [0, 9] }));
        Refused("has 4 layers", () => new Mend(new MendNetwork(model, MendConfig.Nano with { Layers = [9] })));
        Refused("target_modules", () => new LoraEditing(model, LoraEditingConfig.Nano with { TargetModules = ["c_attn"] }));
        using var editor = new FineTuning(model, new() { RewriteModules = ["nothing"] });
        Assert.Contains("No parameter begins with 'nothing'", Assert.Throws<ArgumentException>(() => editor.Apply(Edits.Visual)).Message);
        Assert.Equal(before, WeightHash.Of(model.Model));
    }
}
