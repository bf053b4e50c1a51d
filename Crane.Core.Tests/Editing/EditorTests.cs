using Crane.Core.Editing;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

/// <summary>What every method promises: edits come into force or nothing happens, and revoking them leaves no trace.</summary>
[Collection(nameof(Torch))]
public partial class EditorTests
{
    /// <summary>Every method with settings that keep the test short.</summary>
    private static readonly Dictionary<string, Func<VisionLanguageModel, IEditor>> Methods = new()
    {
        ["FT"] = model => new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 4 }),
        ["FT one layer"] = model => new FineTuning(model, FineTuningConfig.NanoDownProjection with { NumSteps = 4 }),
        ["FT merger"] = model => new FineTuning(model, FineTuningConfig.NanoVisionMerger with { NumSteps = 4 }),
        ["FT-L"] = model => new FineTuning(model, FineTuningConfig.NanoDownProjection with { NumSteps = 4, NormConstraint = 1e-3 }),
        ["LoRA"] = model => new LoraEditing(model, LoraEditingConfig.Nano with { NumSteps = 4 }),
        ["ROME"] = model => new Rome(model, Edits.Corpus, RomeConfig.Nano with { VNumGradSteps = 3 }),
        ["MEMIT"] = model => new Memit(model, Edits.Corpus, MemitConfig.Nano with { VNumGradSteps = 3 }),
        ["AlphaEdit"] = model => new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { VNumGradSteps = 3 }),
        ["MEND"] = model => new Mend(new MendNetwork(model, MendConfig.Nano)),
        ["GRACE"] = model => new Grace(model, GraceConfig.Nano with { NIter = 3 }),
        ["WISE"] = model => new Wise(model, Edits.Corpus, WiseConfig.Nano with { NIter = 3 }),
        ["RAG"] = _ => new NoteInPrompt(),
        ["IKE"] = _ => new Ike([new("Which sea is this?", "Red", "Which sea is that?", "Red")], (_, _) => 1),
        ["SERAC"] = model => new Serac(model, Edits.Load()),
    };

    public static TheoryData<string> Names() => [.. Methods.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Revoke_InAnyOrder_RestoresEveryBit(string name)
    {
        using var model = Edits.Load();
        using var editor = Methods[name](model);
        var third = Edits.Textual with { Id = "third", Target = "Euro", Question = new("What is the currency of Chile?"), Subject = "Chile" };
        string State() => WeightHash.Of(model.Model) + string.Concat(Probe(editor, model));
        var untouched = State();
        editor.Apply(Edits.Visual);
        var afterFirst = State();
        editor.Apply([Edits.Textual, third]);
        Assert.Equal(["a", "t", "third"], editor.InForce.Select(edit => edit.Id));
        editor.Revoke("t");
        editor.Revoke("third");
        Assert.Equal(afterFirst, State());
        Assert.NotEqual(untouched, afterFirst);
        editor.Apply(Edits.Textual);
        var afterSecond = State();
        editor.Revoke("t");
        Assert.Equal(afterFirst, State());
        editor.Apply(Edits.Textual);
        Assert.Equal(afterSecond, State());                  // what a method remembers besides weights went back too
        editor.Revoke("t");
        editor.Revoke("a");
        Assert.Equal(untouched, State());
        Assert.Empty(editor.InForce);
    }

    [Theory, MemberData(nameof(Names))]
    public void Save_ThenLoad_GivesTheSameSystem(string name)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "edits.safetensors");
        using var model = Edits.Load();
        var untouched = WeightHash.Of(model.Model);
        string edited;
        using (var editor = Methods[name](model))
        {
            editor.Apply([Edits.Visual]);
            editor.Apply([Edits.Textual]);
            edited = WeightHash.Of(model.Model) + string.Concat(Probe(editor, model));
            editor.Save(file);
        }
        Assert.Equal(untouched, WeightHash.Of(model.Model));
        using var again = Methods[name](model);
        again.Load(file);
        Assert.Equal(["a", "t"], again.InForce.Select(edit => edit.Id));
        Assert.Equal(edited, WeightHash.Of(model.Model) + string.Concat(Probe(again, model)));
        Assert.Equal(Edits.Visual.Question.Picture!.Rgb, again.InForce[0].Question.Picture!.Rgb);
        again.RevokeAll();
        Assert.Equal(untouched, WeightHash.Of(model.Model));
    }

    [Theory, MemberData(nameof(Names))]
    public void ApplyAndRevoke_ManyTimes_KeepsNoTensors(string name)
    {
        using var model = Edits.Load();
        using var editor = Methods[name](model);
        void Round()
        {
            using var scope = NewDisposeScope();
            editor.Apply(Edits.Textual);
            editor.Revoke("t");
        }
        Round();
        var left = Close.LeftBehind(() =>
        {
            for (var i = 0; i < 3; i++) Round();
        });
        var sources = name == "LoRA" ? 16 : 2;   // a round makes so many Parameters, and the tensor that each is made from stays counted
        Assert.True(left <= 3 * sources, $"{left} tensors are left by 3 rounds");
    }

    [Fact]
    public void Measure_Edit_ReportsItsPrice()
    {
        using var model = Edits.Load();
        using var editor = new FineTuning(model, FineTuningConfig.NanoDownProjection with { NumSteps = 2 });
        var cost = EditCost.Measure(editor, model, Edits.Visual, new() { MaxNewTokens = 2 }, repeats: 1);
        var down = model.Model.named_parameters().Single(p => p.name == "language_model.layers.3.mlp.down_proj.weight").parameter;
        Assert.Equal(down.numel(), cost.ParametersTouched);
        Assert.Equal(4.0 * down.numel(), cost.BytesPerEdit);
        Assert.True(cost.Seconds > 0);
        Assert.Empty(editor.InForce);
    }

    /// <summary>Answers slowly: 0.5 s of processor time a prompt.</summary>
    private sealed class Slow(NoteInPrompt editor) : IEditor
    {
        public string Name => "slow";

        public IReadOnlyList<Edit> InForce => editor.InForce;

        public EditReport Apply(IReadOnlyList<Edit> edits, CancellationToken cancellationToken = default) => editor.Apply(edits, cancellationToken);

        public EditReport Apply(Edit edit, CancellationToken cancellationToken = default) => editor.Apply(edit, cancellationToken);

        public void Revoke(string id) => editor.Revoke(id);

        public void RevokeAll() => editor.RevokeAll();

        public Question Prompt(Question question)
        {
            for (var began = ProcessorClock.Seconds; ProcessorClock.Seconds < began + 0.5;) { }
            return question;
        }

        public void Save(string file) => editor.Save(file);

        public void Load(string file) => editor.Load(file);

        public void Dispose() => editor.Dispose();
    }

    [Fact]
    public void Measure_SlowMethod_ReportsTheAddedLatency()
    {
        using var model = Edits.Load();
        using var editor = new Slow(new NoteInPrompt());
        var cost = EditCost.Measure(editor, model, Edits.Textual, new() { MaxNewTokens = 2 }, repeats: 3);
        Assert.Equal("slow", cost.Method);
        Assert.InRange(cost.AddedLatencySeconds, 0.1, 5);   // the clock of the whole process: other tests count, too
    }

    /// <summary>The weight editors and those with a memory beside the weights, learning the full chain.</summary>
    private static readonly Dictionary<string, Func<VisionLanguageModel, IEditor>> Chained = new()
    {
        ["FT"] = model => new FineTuning(model, FineTuningConfig.Nano with { NumSteps = 15, Lr = 3e-4, TargetForm = TargetForm.Chain }),
        ["FT one layer"] = model => new FineTuning(model, FineTuningConfig.NanoDownProjection with { NumSteps = 15, TargetForm = TargetForm.Chain }),
        ["FT-L"] = model => new FineTuning(model, FineTuningConfig.NanoConstrained with { NumSteps = 15, TargetForm = TargetForm.Chain }),
        ["LoRA"] = model => new LoraEditing(model, LoraEditingConfig.Nano with { NumSteps = 15, Lr = 2e-3, TargetForm = TargetForm.Chain }),
        ["ROME"] = model => new Rome(model, Edits.Corpus, RomeConfig.Nano with { VNumGradSteps = 15, TargetForm = TargetForm.Chain }),
        ["MEMIT"] = model => new Memit(model, Edits.Corpus, MemitConfig.Nano with { VNumGradSteps = 15, TargetForm = TargetForm.Chain }),
        ["AlphaEdit"] = model => new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { VNumGradSteps = 15, TargetForm = TargetForm.Chain }),
        ["MEND"] = model => new Mend(new MendNetwork(model, MendConfig.Nano with { EditLr = 1e-2, TargetForm = TargetForm.Chain })),
        ["GRACE"] = model => new Grace(model, GraceConfig.Nano with { NIter = 15, EditLr = 0.1, TargetForm = TargetForm.Chain }),
        ["WISE"] = model => new Wise(model, Edits.Corpus, WiseConfig.Nano with { NIter = 30, TargetForm = TargetForm.Chain }),
    };

    public static TheoryData<string> ChainedNames() => [.. Chained.Keys];

    [Theory, MemberData(nameof(ChainedNames))]
    public void Apply_FullChainAsTarget_LowersItsLoss(string name)
    {
        using var model = Edits.Load();
        using var editor = Chained[name](model);
        foreach (var edit in (Edit[])[Edits.Visual, Edits.Textual])
        {
            var before = Edits.Loss(model, edit, TargetForm.Chain);
            editor.Apply(edit);
            // One vector at the end of the prompt can hardly write a whole chain: there the search has to fall, and what it found is written.
            var (first, last) = editor switch
            {
                LocateThenEdit locate => (locate.Losses[0][0], locate.Losses[0].Min()),
                Grace grace => (grace.Losses[0], grace.Losses[^1]),
                Mend => (before, Edits.Loss(model, edit, TargetForm.Chain)),
                _ => (0.9 * before, Edits.Loss(model, edit, TargetForm.Chain)),
            };
            Assert.True(last < first, $"{edit.Id}: {first} → {last}");
            Assert.NotEqual(before, Edits.Loss(model, edit, TargetForm.Chain));
            editor.Revoke(edit.Id);
            Assert.Equal(before, Edits.Loss(model, edit, TargetForm.Chain));
            Assert.Contains("has no chain", Assert.Throws<ArgumentException>(() => editor.Apply(edit with { Chain = null })).Message);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Apply_EveryMethod_ReportsWhatItTouches(string name)
    {
        using var model = Edits.Load();
        using var editor = Methods[name](model);
        long Of(params string[] prefixes) =>
            model.Model.named_parameters().Where(p => prefixes.Any(prefix => p.name.StartsWith(prefix, StringComparison.Ordinal)))
                .Sum(p => p.parameter.numel());
        long Down(params int[] layers) => Of([.. layers.Select(layer => $"language_model.layers.{layer}.mlp.down_proj.")]);
        var touched = name switch
        {
            "FT" => Of("language_model.layers."),
            "FT one layer" or "FT-L" => Down(3),
            "FT merger" => Of("visual.merger."),
            "ROME" => Down([.. RomeConfig.Nano.Layers]),
            "MEMIT" => Down([.. MemitConfig.Nano.Layers]),
            "AlphaEdit" => Down([.. AlphaEditConfig.Nano.Layers]),
            "MEND" => Of("language_model.layers.2.mlp.", "language_model.layers.3.mlp."),
            _ => 0,
        };
        var report = editor.Apply([Edits.Visual, Edits.Textual]);
        if (name == "LoRA") Assert.InRange(report.ParametersTouched, 1, Of("language_model.layers.") / 4);
        else Assert.Equal(touched, report.ParametersTouched);
        Assert.Equal(2, report.Edits);
        Assert.True(report.Seconds > 0 && report.ProcessorSeconds > 0);
        if (editor is PromptEditor) Assert.Equal(0, report.BytesPerEdit);
        else Assert.True(report.BytesPerEdit >= 4.0 * report.ParametersTouched / 2 && report.BytesPerEdit > 0);
    }

    [Fact]
    public void PromptEditors_WithTheirReader_RefuseWhatItCannotRead()
    {
        using var model = Edits.Load();
        var before = WeightHash.Of(model.Model);
        foreach (var editor in (IEditor[])[new NoteInPrompt(reader: model), new Ike([], (_, _) => 1, reader: model)])
        {
            Assert.Contains("special token '<|im_end|>'",
                Assert.Throws<ArgumentException>(() => editor.Apply(Edits.Textual with { Target = "Yen<|im_end|>" })).Message);
            Assert.Contains("the model's context is 1024",
                Assert.Throws<ArgumentException>(() => editor.Apply(Edits.Textual with { Target = string.Concat(Enumerable.Repeat("Yen ", 1500)) })).Message);
            Assert.Contains("note and question have",
                Assert.Throws<ArgumentException>(() => editor.Apply(Edits.Textual with { Note = string.Concat(Enumerable.Repeat("Yen ", 1500)) })).Message);
            Assert.Empty(editor.InForce);
            editor.Apply(Edits.Textual);
            editor.Dispose();
        }
        Assert.Equal(before, WeightHash.Of(model.Model));
    }

    private static IEnumerable<string> Probe(IEditor editor, VisionLanguageModel model)
    {
        using var none = no_grad();
        foreach (var question in (Question[])[Edits.Visual.Question, Edits.Textual.Question, Edits.Corpus[0]])
        {
            using var scope = NewDisposeScope();
            var prompt = editor.Prompt(question);
            var answering = editor.Route(model, question);
            yield return prompt.Text + ReferenceEquals(answering, model) + WeightHash.Of([KeyValuePair.Create("logits", Edits.Logits(answering, prompt))]);
        }
    }
}
