using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Training;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class TrainingParityTests
{
    public static TheoryData<string, string> Cases() => GoldenCase.Rows("*.train.json", ".train.json");

    [Theory, MemberData(nameof(Cases))]
    public void AdamW_Trajectory_EqualsPyTorch(string checkpoint, string @case)
    {
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var golden = new GoldenCase(Golden.File("models", checkpoint, "cases", @case + ".safetensors"));
        var stored = JsonDocument.Parse(File.ReadAllText(Golden.File("models", checkpoint, "cases", @case + ".train.json"))).RootElement;
        var labels = tensor(stored.GetProperty("labels").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(v => v.GetInt64())).ToArray(),
            golden.Input.InputIds.shape);
        var losses = stored.GetProperty("losses").EnumerateArray().Select(v => v.GetDouble()).ToArray();
        using var optimizer = new AdamW(model.named_parameters(), new() { WeightDecay = 0.01 });
        model.train();
        for (var step = 0; step < losses.Length; step++)
        {
            using var inner = NewDisposeScope();
            model.zero_grad();
            var loss = CausalLoss.Of(model, golden.Input, labels).Loss;
            loss.backward();
            Assert.InRange(loss.item<float>(), losses[step] - (step == 0 ? 1e-4 : 1e-3), losses[step] + (step == 0 ? 1e-4 : 1e-3));
            if (step == 0) CompareGradients(model, stored);
            var norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            var expected = stored.GetProperty("total_grad_norm_before_clip")[step].GetDouble();
            Assert.InRange(norm, expected * (1 - 2e-3), expected * (1 + 2e-3));
            optimizer.Step(1e-3);
        }
        foreach (var (name, parameter) in model.named_parameters())
            AssertRelative($"final norm of {name}", stored.GetProperty("final_param_norms").GetProperty(CheckpointKeys.OfModule(name)).GetDouble(),
                parameter.norm().item<float>(), 2e-4);
    }

    private static void CompareGradients(QwenVl model, JsonElement stored)
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            var key = CheckpointKeys.OfModule(name);
            var expected = stored.GetProperty("grad_norms").GetProperty(key);
            var found = parameter.grad?.norm().item<float>();
            if (expected.ValueKind == JsonValueKind.Null) Assert.True(found is null or 0, $"{key}: PyTorch has no gradient, found norm {found}.");
            else AssertRelative($"gradient norm of {key}", expected.GetDouble(), found ?? 0, 1e-4);
        }
    }

    private static void AssertRelative(string what, double expected, double found, double tolerance) =>
        Assert.True(Math.Abs(expected - found) <= tolerance * Math.Max(Math.Abs(expected), 1e-3), $"{what}: expected {expected:g7}, found {found:g7}.");
}
