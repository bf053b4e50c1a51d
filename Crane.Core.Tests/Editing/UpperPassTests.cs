using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

/// <summary>What lies below the first changed layer is read once; no number may tell.</summary>
[Collection(nameof(Torch))]
public class UpperPassTests
{
    public static TheoryData<string> Checkpoints() => new(TalkingCheckpoints.Names);

    [Theory, MemberData(nameof(Checkpoints))]
    public void Hidden_FromEveryLayer_EqualsTheWholePass(string name)
    {
        using var scope = NewDisposeScope();
        using var model = TalkingCheckpoints.Load(name);
        var (input, labels) = TargetBatch.Of(model, [Edits.Visual, Edits.Textual], TargetForm.Chain);
        var whole = model.Model.Hidden(input).Hidden;
        for (var layer = 0; layer < model.Model.Config.Text.NumHiddenLayers; layer++)
        {
            var pass = new UpperPass(model.Model, input, layer);
            Assert.True(Edits.Same(whole, pass.Hidden()), $"from layer {layer}");
            var weight = model.Model.Decoder.Layers[layer].Mlp.DownWeight;
            model.Model.zero_grad();
            CausalLoss.Of(model.Model, input, labels).Loss.backward();
            var expected = weight.grad!.clone();
            model.Model.zero_grad();
            CausalLoss.Of(pass, labels).Loss.backward();
            Close.Assert($"gradient of layer {layer}", expected, weight.grad!, 1e-6);
            model.Model.zero_grad();
            var fromKeys = new UpperPass(model.Model, input, layer, fromKeys: true);
            Assert.True(Edits.Same(whole, fromKeys.Hidden()), $"from the keys of layer {layer}");
            CausalLoss.Of(fromKeys, labels).Loss.backward();
            Close.Assert($"gradient of layer {layer}, from its keys", expected, weight.grad!, 1e-6);
            using var nothing = model.Model.Decoder.Layers[layer].Mlp.Intervene((_, values, _) => zeros_like(values));
            Assert.True(Edits.Same(model.Model.Hidden(input).Hidden, fromKeys.Hidden()), $"hook on layer {layer}");
            Assert.False(Edits.Same(whole, fromKeys.Hidden()));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new UpperPass(model.Model, input, model.Model.Config.Text.NumHiddenLayers));
    }

    [Theory]
    [InlineData("language_model.layers.{}.mlp.down_proj.", TargetForm.Answer)]
    [InlineData("language_model.layers.{}.mlp.down_proj.", TargetForm.Chain)]
    [InlineData("language_model.layers.", TargetForm.Answer)]
    [InlineData("visual.merger.", TargetForm.Answer)]
    public void FineTuning_Losses_AreThoseOfWholePasses(string module, TargetForm form)
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var config = new FineTuningConfig { RewriteModules = [module], Layers = [-2], NumSteps = 6, Lr = 1e-3, TargetForm = form };
        using var editor = new FineTuning(model, config);
        editor.Apply(Edits.Visual);
        var losses = editor.Losses;
        editor.RevokeAll();
        var prefix = module.Replace("{}", $"{model.Model.Config.Text.NumHiddenLayers - 2}", StringComparison.Ordinal);
        var chosen = model.Model.named_parameters().Where(p => p.name.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        var (input, labels) = TargetBatch.Of(model, [Edits.Visual], form);
        using var adam = new AdamW(chosen, new() { WeightDecay = 0 });
        var plain = new List<double>();
        for (var step = 0; step <= config.NumSteps; step++)
        {
            model.Model.zero_grad();
            var loss = CausalLoss.Of(model.Model, input, labels).Loss;
            plain.Add(loss.item<float>());
            if (plain[^1] < config.LossThreshold) break;
            loss.backward();
            adam.Step(config.Lr);
        }
        Assert.True(plain[^1] < plain[0]);
        Assert.Equal(plain.Count, losses.Count);
        for (var step = 0; step < plain.Count; step++) Assert.Equal(plain[step], losses[step], 1e-5);
    }

    [Fact]
    public void Lora_Losses_AreThoseOfWholePasses()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var config = LoraEditingConfig.Nano with { NumSteps = 5, Lr = 5e-3 };
        using var editor = new LoraEditing(model, config);
        editor.Apply(Edits.Visual);
        var losses = editor.Losses;
        editor.RevokeAll();
        var (input, labels) = TargetBatch.Of(model, [Edits.Visual], TargetForm.Answer);
        using var peft = new Crane.Core.Model.Adapters.PeftModel(model.Model);
        peft.AddAdapter(new() { R = config.Rank, LoraAlpha = config.LoraAlpha, TargetModules = [.. config.TargetModules] }, seed: config.Seed);
        using var adam = new AdamW(peft.TrainableParameters, new() { WeightDecay = 0 });
        foreach (var expected in losses)
        {
            foreach (var (_, parameter) in peft.TrainableParameters) parameter.grad?.zero_();
            var loss = CausalLoss.Of(model.Model, input, labels).Loss;
            Assert.Equal(loss.item<float>(), expected, 1e-5);
            loss.backward();
            adam.Step(config.Lr);
        }
    }

    [Fact]
    public void FirstLayer_Names_IsTheLowestOrNone()
    {
        Assert.Equal(2, TargetPass.FirstLayer(["language_model.layers.11.mlp.down_proj.weight",
            "base_model.model.language_model.layers.2.self_attn.q_proj.lora_A.weight"]));
        Assert.Null(TargetPass.FirstLayer(["language_model.layers.1.mlp.up_proj.weight", "language_model.embed_tokens.weight"]));
        Assert.Null(TargetPass.FirstLayer(["visual.merger.norm.weight"]));
    }
}
