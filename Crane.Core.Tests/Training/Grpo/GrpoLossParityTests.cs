using System.Text.Json;
using Crane.Core.Training.Grpo;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class GrpoLossParityTests
{
    private const string File = "trl/grpo_loss_cases.json";

    public static TheoryData<int, string> Cases() => GoldenRecord.Cases(File);

    [Theory, MemberData(nameof(Cases))]
    public void Of_StoredCase_HasTrlsLossGradientAndMetrics(int index, string name)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenRecord.Case(File, index).Ignore("name", "attributes_set_after_construction");
        var config = (GrpoGolden.Config<GrpoConfig>(golden["config"]) with { PerDeviceTrainBatchSize = 8, NumGenerations = 4,
            StepsPerGeneration = golden.Integer("steps_per_generation") }).Checked();
        var inputs = GrpoGolden.Tensors("grpo_loss_inputs.safetensors").Where(t => t.Key.StartsWith(golden.Text("inputs") + ".", StringComparison.Ordinal))
            .ToDictionary(t => t.Key[(golden.Text("inputs").Length + 1)..], t => t.Value);
        var gradients = GrpoGolden.Tensors("grpo_loss_grads.safetensors");
        var scale = new LossScale(inputs["num_items_in_batch"].item<long>(), golden.Integer("gradient_accumulation_steps"), golden.Text("mode") == "train");
        foreach (var (type, tolerance, key) in new[] { (float64, 1e-12, "loss"), (float32, 2e-6, "loss_float32") })
        {
            var (logProbs, entropies) = (inputs["per_token_logps"].to(type).requires_grad_(true), inputs["entropies"].to(type).requires_grad_(true));
            var bonus = new EntropyBonus(config.EntropyCoef);
            var result = GrpoLoss.Of(logProbs, entropies, Batch(inputs, golden.Texts("uses"), scale, type), config, scale, bonus.Applied(config));
            golden.Close(key, result.Loss.to(float64).item<double>(), relative: type == float64 ? 1e-12 : 1e-5, absolute: type == float64 ? tolerance : 1e-6);
            result.Loss.backward();
            if (type == float32) continue;
            var expected = gradients[$"{name}.grad_logps"];                   // stored as float32
            Close.Assert("gradient of log-probabilities", expected, logProbs.grad!, 1e-7 * Math.Max(1, expected.abs().max().item<float>()));
            Assert.Equal(gradients.ContainsKey($"{name}.grad_entropies"), entropies.grad is not null);
            if (entropies.grad is { } gradient) Close.Assert("gradient of entropies", gradients[$"{name}.grad_entropies"], gradient, 1e-8);
            var metrics = golden.Child("metrics");
            var found = result.Metrics.ToDictionary();
            if (EntropyBonus.IsOn(config) && scale.Training) found["entropy_coef"] = bonus.Coefficient;
            Assert.Equal(metrics.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
            foreach (var (metric, value) in found) metrics.Close(metric, value, absolute: 1e-7, relative: 1e-6);
        }
        golden.AssertAllRead();
    }

    [Fact]
    public void Parts_OnTheRaggedSet_EqualTrlsOwnFunctions()
    {
        using var scope = NewDisposeScope();
        var inputs = GrpoGolden.Tensors("grpo_loss_inputs.safetensors");
        var extra = GrpoGolden.Tensors("grpo_loss_extra.safetensors");
        Tensor In(string name) => inputs["ragged." + name];
        var (mask, advantages, config) = (In("completion_mask"), In("advantages").unsqueeze(1), new GrpoConfig());
        var logRatio = In("per_token_logps") - In("old_per_token_logps");
        var compared = new HashSet<string>();
        void Compare(string name, Tensor found, double tolerance)
        {
            Close.Assert(name, extra[name], found, tolerance);
            compared.Add(name);
        }
        Compare("k3_kl_formula", KlEstimators.K3(In("per_token_logps"), In("ref_per_token_logps")), 1e-6);
        Compare("vespo_phi", VespoSurrogate.Weights(advantages, logRatio, mask, null, config), 1e-6);
        Compare("vespo_phi_with_ratio", VespoSurrogate.Weights(advantages, logRatio, mask, In("importance_sampling_ratio"), config), 1e-6);
        foreach (var name in extra.Keys.Where(key => key.StartsWith("entropy_mask.top", StringComparison.Ordinal)))
            Compare(name, EntropyMask.Of(In("entropies"), mask, double.Parse(name["entropy_mask.top".Length..])), 0);
        foreach (var name in extra.Keys.Where(key => key.StartsWith("off_policy_mask.", StringComparison.Ordinal)))
            Compare(name, OffPolicyMask.Of(advantages, In("per_token_logps"), In("sampling_per_token_logps"), mask,
                double.Parse(name["off_policy_mask.".Length..])), 0);
        Assert.Equal(extra.Keys.Order(StringComparer.Ordinal), compared.Order(StringComparer.Ordinal));
    }

    private static PolicyBatch Batch(Dictionary<string, Tensor> inputs, string[] uses, LossScale scale, ScalarType type)
    {
        Tensor? Used(string use, string name) => uses.Contains(use) ? inputs[name].is_floating_point() ? inputs[name].to(type) : inputs[name] : null;
        Assert.Empty(uses.Except(["old", "ref", "tool_mask", "advantages_2d", "sampling", "importance_sampling_ratio"]));
        return new()
        {
            CompletionMask = inputs["completion_mask"], NumItemsInBatch = scale.NumItemsInBatch,
            Advantages = Used("advantages_2d", "advantages_2d") ?? inputs["advantages"].to(type),
            OldLogProbs = Used("old", "old_per_token_logps"), RefLogProbs = Used("ref", "ref_per_token_logps"), ToolMask = Used("tool_mask", "tool_mask"),
            SamplingLogProbs = Used("sampling", "sampling_per_token_logps"), SamplerRatio = Used("importance_sampling_ratio", "importance_sampling_ratio"),
        };
    }
}
