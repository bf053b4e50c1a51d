using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Training;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model.Adapters;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class PeftParityTests
{
    public static TheoryData<string> Cases() => new(PeftCase.Names());

    [Fact]
    public void LoadText_Base_EqualsHuggingFace()
    {
        using var scope = NewDisposeScope();
        using var model = PeftCase.Base();
        var any = new PeftCase(PeftCase.Names().First());
        Close.Assert("logits", any.BaseLogits * any.Keep, model.Forward(any.Input) * any.Keep, 2e-5);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Forward_OnOffAndMerged_EqualsPeft(string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var golden = new PeftCase(name);
        using var model = PeftCase.Base();
        var weights = WeightHash.Of(model);
        using var peft = new PeftModel(model);
        var adapter = peft.LoadAdapter(golden.Folder);
        Assert.Equal(weights, WeightHash.Of(model));
        var on = model.Forward(golden.Input);
        Close.Assert("adapter", golden.Tensors["adapter_logits"] * golden.Keep, on * golden.Keep, 2e-5);
        using (peft.DisableAdapter())
        {
            var off = model.Forward(golden.Input) * golden.Keep;
            Close.Assert("disabled, against the base", golden.BaseLogits * golden.Keep, off, 2e-5);
            if (!PeftCase.PeftKeepsBiases(adapter.Config)) Close.Assert("disabled", golden.Tensors["disabled_logits"] * golden.Keep, off, 2e-5);
        }
        Assert.True(on.equal(model.Forward(golden.Input)).all().item<bool>());
        peft.Merge();
        var merged = model.Forward(golden.Input);
        Close.Assert("merged", golden.Tensors["merged_logits"] * golden.Keep, merged * golden.Keep, 2e-5);
        Close.Assert("merged against adapter", on * golden.Keep, merged * golden.Keep,
            1e-5 + golden.Values.GetProperty("max_abs_difference_merged_adapter").GetDouble());
        foreach (var (key, expected) in golden.Tensors.Where(t => t.Key.StartsWith("merged.", StringComparison.Ordinal)))
            Close.Assert(key, expected, model.named_parameters().Single(p => p.name == key["merged.".Length..]).parameter, 1e-6);
        peft.Unmerge();
        Assert.Equal(weights, WeightHash.Of(model));
        Assert.True(on.equal(model.Forward(golden.Input)).all().item<bool>());
    }

    [Theory, MemberData(nameof(Cases))]
    public void AdamW_Trajectory_EqualsPeft(string name)
    {
        using var scope = NewDisposeScope();
        var golden = new PeftCase(name);
        using var model = PeftCase.Base();
        var weights = WeightHash.Of(model);
        using var peft = new PeftModel(model);
        var adapter = peft.LoadAdapter(golden.Folder, isTrainable: true);
        var learnt = peft.TrainableParameters;
        Assert.Equal(golden.Values.GetProperty("trainable_parameters").GetInt64(), learnt.Sum(p => p.parameter.numel()));
        foreach (var (path, scaling) in adapter.Scalings)
            PeftCase.AssertRelative($"scaling of {path}", golden.Values.GetProperty("scaling").GetProperty("base_model.model." + path).GetDouble(), scaling,
                1e-12);
        Assert.Equal(golden.Values.GetProperty("scaling").EnumerateObject().Count(), adapter.Scalings.Count);
        var trajectory = golden.Values.GetProperty("trajectory").EnumerateArray().ToList();
        using var optimizer = new AdamW(learnt, new() { WeightDecay = 0.01 });
        model.train();
        for (var step = 0; step < trajectory.Count; step++)
        {
            using var inner = NewDisposeScope();
            foreach (var (_, parameter) in learnt) parameter.grad?.zero_();
            var loss = CausalLoss.Of(model, golden.Input, golden.Labels).Loss;
            PeftCase.AssertRelative($"loss {step}", trajectory[step].GetProperty("loss").GetDouble(), loss.item<float>(), step == 0 ? 2e-5 : 1e-3);
            if (!trajectory[step].TryGetProperty("lr", out var rate)) break;
            loss.backward();
            if (step == 0) CompareGradients(golden, learnt);
            var norm = nn.utils.clip_grad_norm_(learnt.Select(p => p.parameter), 1.0);
            PeftCase.AssertRelative($"gradient norm {step}", trajectory[step].GetProperty("grad_norm").GetDouble(), norm, 2e-3);
            var schedule = LearningRateSchedule.Create("cosine", peak: 1e-2, warmupSteps: 2, totalSteps: 10)(step);
            Assert.Equal(rate.GetDouble(), schedule, 1e-12);
            optimizer.Step(schedule);
        }
        var final = golden.Values.GetProperty("final_norms");
        foreach (var (key, parameter) in learnt)
            PeftCase.AssertRelative($"final norm of {key}", final.GetProperty(key).GetDouble(),
                parameter.norm().item<float>(), 1e-3);
        Assert.Equal(final.EnumerateObject().Count(), learnt.Count);
        Assert.Equal(weights, WeightHash.Of(model));   // the base learns nothing
    }

    [Theory, MemberData(nameof(Cases))]
    public void SavePretrained_Loaded_HasPeftsKeysBytesAndConfig(string name)
    {
        using var scope = NewDisposeScope();
        var golden = new PeftCase(name);
        using var model = PeftCase.Base();
        using var peft = new PeftModel(model);
        peft.LoadAdapter(golden.Folder);
        var folder = Directory.CreateTempSubdirectory().FullName;
        peft.SavePretrained(folder);
        var (expected, found) = (SafeTensors.ReadAll(Path.Combine(golden.Folder, "adapter_model.safetensors")),
            SafeTensors.ReadAll(Path.Combine(folder, "adapter_model.safetensors")));
        Assert.Equal(golden.Values.GetProperty("saved_keys").EnumerateArray().Select(k => k.GetString()!).Order(StringComparer.Ordinal),
            found.Keys.Order(StringComparer.Ordinal));
        foreach (var (key, tensor) in expected) Assert.True(tensor.bytes.SequenceEqual(found[key].bytes), key);
        var (theirs, ours) = (Config(golden.Folder), Config(folder));
        Assert.Equal(theirs.Select(p => p.Key).Order(StringComparer.Ordinal), ours.Select(p => p.Key).Order(StringComparer.Ordinal));
        foreach (var (key, value) in theirs)
            Assert.True(JsonNode.DeepEquals(value, ours[key]),
                $"{key}: PEFT wrote {value?.ToJsonString()}, Crane {ours[key]?.ToJsonString()}.");
    }

    [Theory, MemberData(nameof(Cases))]
    public void AddAdapter_Fresh_ChangesNothingAndHasPeftsSizes(string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var golden = new PeftCase(name);
        using var model = PeftCase.Base();
        var before = model.Forward(golden.Input);
        using var peft = new PeftModel(model);
        using var other = PeftCase.Base();
        using var stored = new PeftModel(other);
        var adapter = peft.AddAdapter(stored.LoadAdapter(golden.Folder).Config, seed: 3);
        Close.Assert("fresh adapter", before * golden.Keep, model.Forward(golden.Input) * golden.Keep, 1e-5);
        foreach (var fresh in golden.Values.GetProperty("fresh_init").EnumerateObject())
        {
            var parameter = adapter.Tensors.Single(t => "base_model.model." + t.Name["base_model.model.".Length..] == fresh.Name).Parameter;
            Assert.Equal(fresh.Value.GetProperty("shape").EnumerateArray().Select(v => v.GetInt64()), parameter.shape);
            var deviation = fresh.Value.GetProperty("std").GetDouble();
            if (fresh.Name.Contains("lora_A")) Assert.InRange(parameter.std().item<float>(), deviation * 0.8, deviation * 1.2);
            if (fresh.Name.Contains("lora_B")) Assert.Equal(0, parameter.abs().max().item<float>());
        }
    }

    private static void CompareGradients(PeftCase golden, IReadOnlyList<(string name, TorchSharp.Modules.Parameter parameter)> learnt)
    {
        var norms = golden.Values.GetProperty("gradient_norms");
        Assert.Equal(norms.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal), learnt.Select(p => p.name).Order(StringComparer.Ordinal));
        foreach (var (name, parameter) in learnt)
            PeftCase.AssertRelative($"gradient norm of {name}", norms.GetProperty(name).GetDouble(),
                parameter.grad!.norm().item<float>(), 1e-4);
        if (!File.Exists(Path.Combine(golden.Folder, "gradients.safetensors"))) return;
        foreach (var (name, gradient) in SafeTensors.ReadAll(Path.Combine(golden.Folder, "gradients.safetensors")))
            Close.Assert($"gradient of {name}", gradient, learnt.Single(p => p.name == name).parameter.grad!, 2e-5);
    }

    private static JsonObject Config(string folder)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")))!.AsObject();
        if (config["target_modules"] is JsonArray targets)   // a set: PEFT does not fix its order
            config["target_modules"] = new JsonArray([.. targets.Select(t => t!.GetValue<string>()).Order(StringComparer.Ordinal).Select(t => (JsonNode)t)]);
        return config;
    }
}
