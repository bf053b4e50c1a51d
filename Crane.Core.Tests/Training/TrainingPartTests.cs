using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training;

[Collection(nameof(Torch))]
public class TrainingPartTests
{
    private static (ModelInput Input, Tensor Labels) Row(params long[] ids)
    {
        var input = new ModelInput { InputIds = tensor(ids, [1, ids.Length]) };
        return (input, input.InputIds.clone());
    }

    [Fact]
    public void Backward_PartsOfUnequalLength_EqualTheWholeBatch()
    {
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(DataFolder.Of("golden", "nano-reference"));
        var (one, two) = (Row(300, 301, 302, 303, 304, 305), Row(310, 311, 312));
        var whole = ModelInput.Pad([[300, 301, 302, 303, 304, 305], [310, 311, 312]], 0, left: false);
        var loss = CausalLoss.Of(model, whole, whole.InputIds.masked_fill(whole.AttentionMask!.eq(0), CausalLoss.Ignore)).Loss;
        loss.backward();
        var expected = model.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.clone());
        model.zero_grad();
        Assert.Equal(loss.item<float>(), GradientAccumulation.Backward(model, [one, two]), 1e-5);
        foreach (var (name, parameter) in model.named_parameters().Where(p => expected.ContainsKey(p.name)))
            Close.Assert(name, expected[name], parameter.grad!, 2e-5);
        model.zero_grad();
        (CausalLoss.Of(model, one.Input, one.Labels).Loss / 2).backward();   // the mean of means is another gradient
        (CausalLoss.Of(model, two.Input, two.Labels).Loss / 2).backward();
        Assert.Contains(model.named_parameters(), p => p.parameter.grad is not null && Close.Difference(expected[p.name], p.parameter.grad) > 1e-3);
        Assert.Throws<ArgumentException>(() => GradientAccumulation.Backward(model, []));
    }

    [Fact]
    public void WeightAverage_ThreeUpdates_IsTheFormulaAndGivesTheWeightsBack()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var weight = nn.Parameter(tensor(new float[] { 1, -2 }));
        using var average = new WeightAverage([weight], decay: 0.9);
        double[] expected = [1, -2];
        foreach (var value in (float[])[3, 5, 7])
        {
            weight.fill_(value);
            average.Update();
            expected = [.. expected.Select(mean => 0.9 * mean + 0.1 * value)];
        }
        using (average.Apply())
            foreach (var (found, wanted) in weight.data<float>().ToArray().Zip(expected)) Assert.Equal(wanted, found, 1e-5);
        Assert.Equal([7f, 7f], weight.data<float>().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightAverage([weight], decay: 1));
    }

    [Fact]
    public void Step_DecayOnMatricesOnly_LeavesBiasesAlone()
    {
        using var scope = NewDisposeScope();
        var (matrix, bias) = (nn.Parameter(ones(2, 2)), nn.Parameter(ones(2)));
        matrix.grad = zeros(2, 2);
        bias.grad = zeros(2);
        using var optimizer = new AdamW([("w", matrix), ("b", bias)], new() { WeightDecay = 0.5, Decays = AdamWConfig.MatricesOnly });
        optimizer.Step(0.1);
        Assert.Equal(0.95f, matrix[0, 0].item<float>(), 1e-6f);
        Assert.Equal(1f, bias[0].item<float>());
    }

    [Fact]
    public void ClipGradNorm_SeveralParameters_ScalesByTheNormOverAll()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (nn.Parameter(zeros(1)), nn.Parameter(zeros(1)));
        a.grad = full(1, 3f);
        b.grad = full(1, 4f);
        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b], 1.0), 1e-6);
        Assert.Equal(3 / (5 + 1e-6), a.grad.item<float>(), 1e-6);
        Assert.Equal(1, nn.utils.clip_grad_norm_([a, b], 10.0), 1e-5);   // below the limit nothing is scaled
        Assert.Equal(4 / (5 + 1e-6), b.grad.item<float>(), 1e-6);
    }
}
