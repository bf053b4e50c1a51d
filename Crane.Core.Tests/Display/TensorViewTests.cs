using Crane.Core.Display;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Display;

[Collection(nameof(Torch))]
public class TensorViewTests
{
    [Fact]
    public void Tensor_Values_AreDescribed()
    {
        using var scope = NewDisposeScope();
        var text = Show.Tensor(tensor(new float[] { 1, 2, 3, float.NaN, float.PositiveInfinity, float.NegativeInfinity }).reshape(2, 3)).Text;
        Assert.StartsWith("shape [2, 3]  dtype float32  device cpu  min 1  mean 2  max 3  std 1  NaN 1  inf 2\n", text);
        Assert.Contains("1", text.Split('\n')[1]);
        Assert.Equal(3, text.Split('\n').Length);
    }

    [Theory]
    [InlineData(ScalarType.Int64), InlineData(ScalarType.Bool), InlineData(ScalarType.BFloat16), InlineData(ScalarType.Float16), InlineData(ScalarType.Byte),
        InlineData(ScalarType.ComplexFloat32)]
    public void Tensor_AnyType_IsShown(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var view = Show.Tensor(ones(2, 3, 4, dtype: type), heatMap: true);
        Assert.Contains($"dtype {type.ToString().ToLowerInvariant()}", view.Text);
        Assert.Contains("min 1  mean 1  max 1", view.Text);
        Assert.NotNull(view.Png);
    }

    [Fact]
    public void Tensor_ScalarEmptyAndMeta_AreShown()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("shape []", Show.Tensor(tensor(3.5f)).Text);
        Assert.Equal("shape [0, 4]  dtype float32  device cpu", Show.Tensor(zeros(0, 4), heatMap: true).Text);
        Assert.StartsWith("shape [2]", Show.Tensor(zeros(2, device: META)).Text);
        Assert.Contains("NaN 2", Show.Tensor(full(2, float.NaN)).Text);
    }

    [Fact]
    public void Tensor_HeatMap_ShowsRowsAndColumnsInOrder()
    {
        using var scope = NewDisposeScope();
        var picture = PictureFile.Decode(Show.Tensor(tensor(new float[] { 0, 0, 0, 1 }).reshape(2, 2), heatMap: true).Png!, "view");
        var last = picture.Rgb[^3..];
        Assert.Equal([253, 231, 37], last);
        Assert.Equal([68, 1, 84], picture.Rgb[..3]);
        Assert.Equal(512, PictureFile.Decode(Show.Tensor(zeros(3, 2000), heatMap: true).Png!, "view").Width);
    }

    [Fact]
    public void Tensor_Shown_LeavesNoTensorBehind()
    {
        using var weights = randn(4, 8, 600, requires_grad: true);
        _ = Show.Tensor(weights, heatMap: true);
        _ = Show.Table(("w", weights.detach()[0, 0].detach()));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var row = randn(5);
        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < 5; i++)
        {
            _ = Show.Tensor(weights, heatMap: true).ToMimeBundle();
            _ = Show.Table(("w", row)).ToMimeBundle();
        }
        Assert.Equal(before, torch.Tensor.TotalCount);
    }
}
