using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Tests.Model;

/// <summary>The kit's linear map, by whichever way this machine takes, equals PyTorch's: values, gradients, first weights.</summary>
[Collection(nameof(Torch))]
public sealed class MatrixProductTests
{
    [Theory]
    [InlineData(new long[] { 3, 20, 12 }, true)]
    [InlineData(new long[] { 3, 20, 12 }, false)]
    [InlineData(new long[] { 64, 12 }, true)]
    [InlineData(new long[] { 2, 12 }, true)]      // few rows: libtorch's own product
    [InlineData(new long[] { 1, 1, 12 }, false)]
    public void Linear_ValuesAndGradients_AreTorchs(long[] shape, bool hasBias)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        Tensor Draw(params long[] size) => randn(size, generator: generator);
        var (x, weight, bias, away) = (Draw(shape), Draw(5, 12), Draw(5), Draw([.. shape[..^1], 5]));

        Tensor[] Run(Func<Tensor, Tensor, Tensor?, Tensor> linear)
        {
            Tensor[] learnt = [.. new[] { x, weight, bias }.Select(t => t.clone().requires_grad_(true))];
            var y = linear(learnt[0], learnt[1], hasBias ? learnt[2] : null);
            (y * away).sum().backward();
            return [y, .. learnt.Take(hasBias ? 3 : 2).Select(t => t.grad!)];
        }

        foreach (var (own, torchs) in Run(MatrixProduct.Linear).Zip(Run((a, b, c) => F.linear(a, b, c))))
        {
            Assert.Equal(torchs.shape, own.shape);
            Assert.True(allclose(own, torchs, 1e-5, 1e-5), $"largest difference {(own - torchs).abs().max().item<float>():g2}");
        }
    }

    [Fact]
    public void Linear_FrozenWeight_LearnsTheInputAlone()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (randn(32, 12).requires_grad_(true), randn(5, 12));
        MatrixProduct.Linear(x, weight, zeros(5)).sum().backward();
        Assert.True(allclose(weight.sum(dim: 0).expand(32, 12), x.grad!, 1e-5, 1e-5));
        Assert.Null(weight.grad);
    }

    [Fact]
    public void Linear_ManySteps_KeepsNoTensors()
    {
        using var linear = new Linear(12, 5);
        void Step()
        {
            using var scope = NewDisposeScope();
            linear.call(randn(32, 12)).sum().backward();
            linear.zero_grad();
        }
        Step();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 20; i++) Step();
        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    [Fact]
    public void Constructor_OfASeed_DrawsTorchsFirstWeights()
    {
        manual_seed(3);
        using var own = new Linear(12, 5);
        manual_seed(3);
        using var torchs = nn.Linear(12, 5);
        Assert.True(own.weight.eq(torchs.weight).all().item<bool>());
        Assert.True(own.bias!.eq(torchs.bias!).all().item<bool>());
    }
}
