using Crane.Core.Editing;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

/// <summary>Every method on every architecture, with the random weights of the reference checkpoints: visual and textual edits, alone, in a batch, one after
/// the other, and back.</summary>
[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class ArchitectureTests
{
    private static readonly Edit Second = Edits.Textual with { Id = "second", Question = new("Chile has which currency?"), Subject = "Chile", Target = "Euro" };

    /// <summary>Settings follow the number of layers, which is the checkpoint's.</summary>
    private static readonly Dictionary<string, Func<VisionLanguageModel, string, IEditor>> Methods = new()
    {
        ["FT"] = (model, _) => new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 2, Lr = 1e-3 }),
        ["FT one layer"] = (model, _) => new FineTuning(model, FineTuningConfig.NanoDownProjection with { NumSteps = 2 }),
        ["FT merger"] = (model, _) => new FineTuning(model, FineTuningConfig.NanoVisionMerger with { NumSteps = 2 }),
        ["FT-L"] = (model, _) => new FineTuning(model, FineTuningConfig.NanoConstrained with { NumSteps = 2 }),
        ["FT all, constrained"] = (model, _) => new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 2, NormConstraint = 1e-3 }),
        ["FT merger, constrained"] = (model, _) => new FineTuning(model, FineTuningConfig.NanoVisionMerger with { NumSteps = 2, NormConstraint = 1e-3 }),
        ["LoRA"] = (model, _) => new LoraEditing(model, LoraEditingConfig.Nano with { NumSteps = 2 }),
        ["ROME"] = (model, _) => new Rome(model, Edits.Corpus, RomeConfig.Nano with { Layers = [0], VNumGradSteps = 3 }),
        ["MEMIT"] = (model, _) => new Memit(model, Edits.Corpus, MemitConfig.Nano with { Layers = [0, 1], VNumGradSteps = 3 }),
        ["AlphaEdit"] = (model, _) =>
            new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { Layers = [0, 1], VNumGradSteps = 3, NullspaceThreshold = 1 }),
        ["MEND"] = (model, _) => new Mend(new MendNetwork(model, MendConfig.Nano with { Layers = [-2, -1] })),
        ["GRACE"] = (model, _) => new Grace(model, GraceConfig.Nano with { Layer = -1, NIter = 3 }),
        ["WISE"] = (model, _) => new Wise(model, Edits.Corpus, WiseConfig.Nano with { Layer = -1, NIter = 3 }),
        ["RAG"] = (_, _) => new NoteInPrompt(),
        ["IKE"] = (_, _) => new Ike([new("Which sea is this?", "Red", "Which sea is that?", "Red")], (_, _) => 1),
        ["SERAC"] = (model, checkpoint) => new Serac(model, TalkingCheckpoints.Load(checkpoint)),
    };

    public static TheoryData<string, string> Cases()
    {
        var rows = new TheoryData<string, string>();
        foreach (var checkpoint in TalkingCheckpoints.Names)
            foreach (var method in Methods.Keys) rows.Add(checkpoint, method);
        return rows;
    }

    public static TheoryData<string> Checkpoints() => [.. TalkingCheckpoints.Names];

    [Fact]
    public void Checkpoints_AreOfBothArchitectures() =>
        Assert.Equal(Architecture.All.Select(row => row.ModelType).Order(),
            TalkingCheckpoints.Names.Select(name => QwenVlConfig.Load(Golden.File("models", name)).Architecture.ModelType).Distinct().Order());

    [Theory, MemberData(nameof(Cases))]
    public void Edits_AloneTogetherAndInSequence_ComeIntoForceAndLeaveNoTrace(string checkpoint, string method)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "edits.safetensors");
        using var model = TalkingCheckpoints.Load(checkpoint);
        var untouched = WeightHash.Of(model.Model);
        string edited, plain;
        using (var editor = Methods[method](model, checkpoint))
        {
            plain = State(editor, model);
            editor.Apply(Edits.Visual);                                  // alone
            var one = State(editor, model);
            Assert.NotEqual(plain, one);
            editor.Apply([Edits.Textual, Second]);                       // a batch, after another
            Assert.Equal(["a", "t", "second"], editor.InForce.Select(edit => edit.Id));
            edited = State(editor, model);
            editor.Save(file);
            editor.Revoke("t");
            editor.Revoke("second");
            Assert.Equal(one, State(editor, model));
            Assert.Throws<KeyNotFoundException>(() => editor.Revoke("t"));
            Assert.Equal(one, State(editor, model));
            editor.RevokeAll();
            Assert.Equal(plain, State(editor, model));
            editor.Apply(Edits.Textual);
            Assert.Throws<ArgumentException>(() => editor.Apply(Second with { Target = " " }));
        }
        Assert.Equal(untouched, WeightHash.Of(model.Model));
        using var again = Methods[method](model, checkpoint);
        again.Load(file);
        Assert.Equal(edited, State(again, model));
    }

    [Theory, MemberData(nameof(Checkpoints))]
    public void FineTuning_EveryPart_DrivesTheLossBelowItsThreshold(string checkpoint)
    {
        using var model = TalkingCheckpoints.Load(checkpoint);
        foreach (var edit in (Edit[])[Edits.Visual, Edits.Textual])
            foreach (var config in (FineTuningConfig[])[FineTuningConfig.Nano with { Lr = 5e-3 }, FineTuningConfig.NanoDownProjection with { Lr = 5e-2 },
                FineTuningConfig.NanoVisionMerger with { Lr = 2e-2 }])
            {
                // the merger never sees words
                if (edit.Question.Picture is null && config.RewriteModules[0].StartsWith("visual", StringComparison.Ordinal)) continue;
                using var editor = new FineTuning(model, config with { NumSteps = 400 });
                editor.Apply(edit);
                Assert.True(editor.Losses[0] > 1, $"{config.RewriteModules[0]} {edit.Id}: begins at {editor.Losses[0]}");
                Assert.True(editor.Losses[^1] < config.LossThreshold, $"{config.RewriteModules[0]} {edit.Id}: {editor.Losses[0]} → {editor.Losses[^1]}");
                Assert.Equal(editor.Losses[^1], Edits.Loss(model, edit), 1e-4);
            }
    }

    [Theory, MemberData(nameof(Checkpoints))]
    public void Rome_Edit_ReproducesItsKeyValueConstraint(string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = TalkingCheckpoints.Load(checkpoint);
        var config = RomeConfig.Nano with { Layers = [0], VNumGradSteps = 5 };
        foreach (var edit in (Edit[])[Edits.Visual, Edits.Textual])
        {
            var found = ValueSearch.Of(model, edit, 0, config);
            var place = FactPlace.Of(model, edit.Question, edit.Subject, config.FactToken);
            var before = ValueSearch.At(model, edit.Question, place, "layer.0.mlp.down_proj");
            using var editor = new Rome(model, Edits.Corpus, config);
            editor.Apply(edit);
            Close.Assert("W′k", before + found.Delta, ValueSearch.At(model, edit.Question, place, "layer.0.mlp.down_proj"), 1e-4);
            Assert.True(found.Delta.norm().item<double>() > 0.01);
        }
    }

    [Theory, MemberData(nameof(Checkpoints))]
    public void Grace_OutsideTheRadius_LogitsAreBitEqual(string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = TalkingCheckpoints.Load(checkpoint);
        var before = Edits.Corpus.Select(question => Edits.Logits(model, question)).ToList();
        var own = Edits.Logits(model, Edits.Visual.Question);
        using var editor = new Grace(model, GraceConfig.Nano with { Layer = -1, NIter = 3, Eps = 1e-5 });
        editor.Apply(Edits.Visual);
        foreach (var (question, logits) in Edits.Corpus.Zip(before)) Assert.True(Edits.Same(logits, Edits.Logits(model, question)), question.Text);
        Assert.False(Edits.Same(own, Edits.Logits(model, Edits.Visual.Question)));
    }

    [Theory, MemberData(nameof(Checkpoints))]
    public void Wise_BelowTheMargin_LogitsAreBitEqual(string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = TalkingCheckpoints.Load(checkpoint);
        var config = WiseConfig.Nano with { Layer = -1, NIter = 60, EditLr = 0.05 };
        foreach (var edit in (Edit[])[Edits.Visual, Edits.Textual])
        {
            var own = Edits.Logits(model, edit.Question);
            var before = Edits.Corpus.Select(question => Edits.Logits(model, question)).ToList();
            using var editor = new Wise(model, Edits.Corpus, config);
            editor.Apply(edit);
            var outside = Edits.Corpus.Zip(before)
                .Where(pair => editor.Activations(pair.First)[0] < editor.Memories[0].MinActivation * config.ActRatio).ToList();
            Assert.NotEmpty(outside);
            foreach (var (question, logits) in outside) Assert.True(Edits.Same(logits, Edits.Logits(model, question)), question.Text);
            Assert.False(Edits.Same(own, Edits.Logits(model, edit.Question)));
        }
    }

    [Theory, MemberData(nameof(Checkpoints))]
    public void FullChain_OnEveryCheckpoint_IsLearnt(string checkpoint)
    {
        using var model = TalkingCheckpoints.Load(checkpoint);
        using var editor = new FineTuning(model, FineTuningConfig.Nano with { Lr = 5e-3, NumSteps = 400, TargetForm = TargetForm.Chain });
        foreach (var edit in (Edit[])[Edits.Visual, Edits.Textual])
        {
            editor.Apply(edit);
            Assert.True(editor.Losses[^1] < FineTuningConfig.Nano.LossThreshold, $"{editor.Losses[0]} → {editor.Losses[^1]}");
            Assert.Equal($"<think>{edit.Chain}</think><answer>{edit.Target}</answer>",
                model.Generate([edit.Question], model.Generation with { MaxNewTokens = 40 })[0].Text);
            editor.RevokeAll();
        }
    }

    [Theory, MemberData(nameof(Checkpoints))]
    public void States_OfAModelOfAnotherShape_AreRefused(string checkpoint)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "network.safetensors");
        using var model = TalkingCheckpoints.Load(checkpoint);
        using var other = Edits.Load();
        var before = WeightHash.Of(other.Model);
        using (var network = new MendNetwork(model, MendConfig.Nano with { Layers = [-1] })) network.Save(file);
        using var mend = new MendNetwork(other, MendConfig.Nano with { Layers = [-1] });
        Assert.Contains("another shape", Assert.Throws<InvalidDataException>(() => mend.Load(file)).Message);
        using (var editor = new FineTuning(model, FineTuningConfig.NanoDownProjection with { NumSteps = 1 }))
        {
            editor.Apply(Edits.Visual);
            editor.Save(file);
        }
        using var tuned = new FineTuning(other, FineTuningConfig.NanoDownProjection with { NumSteps = 1 });
        Assert.Contains("model is", Assert.Throws<InvalidDataException>(() => tuned.Load(file)).Message);
        Assert.Equal(before, WeightHash.Of(other.Model));
        Assert.Empty(tuned.InForce);
    }

    private static string State(IEditor editor, VisionLanguageModel model)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        return WeightHash.Of(model.Model) + string.Concat(((Question[])[Edits.Visual.Question, Edits.Textual.Question, Edits.Corpus[0]]).Select(question =>
            editor.Prompt(question).Text
                + WeightHash.Of([KeyValuePair.Create("logits", Edits.Logits(editor.Route(model, question), editor.Prompt(question)))])));
    }
}
