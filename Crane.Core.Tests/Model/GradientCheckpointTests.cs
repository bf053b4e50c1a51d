using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch))]
public class GradientCheckpointTests
{
    private static QwenVl Model() => Checkpoint.Load(DataFolder.Of("golden", "nano-reference"));

    /// <summary>Two rows, one padded on the left, so that a mask is kept as well.</summary>
    private static (ModelInput Input, Tensor Labels) Batch(int length = 12)
    {
        var random = Seeds.Random(4);
        int[] Row(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(100, 400))];
        var input = ModelInput.Pad([Row(length), Row(length - 3)], 0, left: true);
        return (input, input.InputIds.masked_fill(input.AttentionMask!.eq(0), CausalLoss.Ignore));
    }

    private static Dictionary<string, Tensor> Gradients(CausalModel model, IEnumerable<(string name, TorchSharp.Modules.Parameter parameter)> learnt,
        bool checkpointing)
    {
        model.Decoder.GradientCheckpointing = checkpointing;
        foreach (var (_, parameter) in learnt) parameter.grad?.zero_();
        var (input, labels) = Batch();
        manual_seed(5);
        CausalLoss.Of(model, input, labels).Loss.backward();
        return learnt.Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.clone());
    }

    private static void AssertSameBits(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> found)
    {
        Assert.Equal(expected.Keys, found.Keys);
        foreach (var (name, gradient) in expected) Assert.True(gradient.bytes.SequenceEqual(found[name].bytes), name);
        Assert.Contains(expected.Values, gradient => gradient.abs().max().item<float>() > 1e-4);
    }

    [Fact]
    public void Backward_Checkpointed_HasTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        model.train();
        var learnt = model.named_parameters().ToList();
        AssertSameBits(Gradients(model, learnt, checkpointing: false), Gradients(model, learnt, checkpointing: true));
    }

    [Fact]
    public void Backward_CheckpointedAdapterWithDropoutOnAFrozenBase_HasTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var peft = new PeftModel(model);
        peft.AddAdapter(new() { TargetModules = ["q_proj", "down_proj"], LoraDropout = 0.3, InitLoraWeights = "false" });
        model.train();
        AssertSameBits(Gradients(model, peft.TrainableParameters, checkpointing: false), Gradients(model, peft.TrainableParameters, checkpointing: true));
        Assert.Equal(peft.TrainableParameters.Count, Gradients(model, peft.TrainableParameters, checkpointing: true).Count);
    }

    [Fact]
    public void Step_Checkpointed_LeavesNoTensorBehind()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        model.Decoder.GradientCheckpointing = true;
        void Step()
        {
            using var inner = NewDisposeScope();
            model.zero_grad();
            var (input, labels) = Batch();
            CausalLoss.Of(model, input, labels).Loss.backward();
        }
        Step();
        Step();
        var before = Close.LiveTensors();
        for (var i = 0; i < 5; i++) Step();
        Assert.Equal(before, Close.LiveTensors());
    }
}
