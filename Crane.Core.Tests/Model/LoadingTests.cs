using System.Diagnostics;
using System.Globalization;
using Crane.Bench;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

/// <summary>Loading for size: weights go straight from the map into memory of their target type.</summary>
[Collection(nameof(Torch))]
public class LoadingTests
{
    private static readonly QwenVlConfig Small = EmptyCheckpoint.Qwen25Vl3B(layers: 2) is var large ? large with
    {
        Text = large.Text with { VocabSize = 2000, HiddenSize = 64, IntermediateSize = 96, NumAttentionHeads = 4, HeadDim = 16, MropeSection = [2, 3, 3] },
        Vision = (Qwen25VisionConfig)large.Vision with { HiddenSize = 32, IntermediateSize = 24, NumHeads = 2, OutHiddenSize = 64 },
        ImageTokenId = 1001, VideoTokenId = 1002, VisionStartTokenId = 1003, VisionEndTokenId = 1004,
    } : throw new InvalidOperationException();

    [Theory]
    [InlineData("BF16", ScalarType.BFloat16)]
    [InlineData("BF16", ScalarType.Float32)]
    [InlineData("F32", ScalarType.BFloat16)]
    [InlineData("F32", ScalarType.Float16)]
    public void Load_CheckpointOfZeros_HasTheTypeAskedForAndReportsEveryTensor(string stored, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory().FullName;
        EmptyCheckpoint.Write(folder, Small, stored);
        var updates = new List<ProgressUpdate>();
        using var model = Checkpoint.Load(folder, type, progress: new Immediate<ProgressUpdate>(updates.Add));
        Assert.Equal(type, model.Type);
        Assert.All(model.parameters(), parameter => Assert.Equal(type, parameter.dtype));
        Assert.All(model.parameters(), parameter => Assert.Equal(0, parameter.count_nonzero().item<long>()));
        Assert.Equal(Enumerable.Range(1, model.parameters().Count()).Select(i => (long)i), updates.Select(u => u.Done));
        Assert.Equal(float32, get_default_dtype());
    }

    [Fact]
    public void Load_ShapeOfThreeBillion_TellsItsProgressAndCanBeCancelledHalfWay()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        EmptyCheckpoint.Write(folder, EmptyCheckpoint.Qwen25Vl3B(layers: 1), "BF16");
        using var stop = new CancellationTokenSource();
        var told = new List<ProgressUpdate>();
        var progress = new Immediate<ProgressUpdate>(update =>
        {
            told.Add(update);
            if (update.Done == update.Total / 2) stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Checkpoint.Load(folder, bfloat16, progress: progress, cancellationToken: stop.Token));
        Assert.Equal(Enumerable.Range(1, (int)told[0].Total / 2).Select(done => ("load", (long)done)), told.Select(update => (update.Stage, update.Done)));
        Assert.All(told, update => Assert.False(string.IsNullOrEmpty(update.Detail)));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The whole width of Qwen2.5-VL-3B, vocabulary included, at one layer. What was resident before loading does not count: at this size it would
    /// be a fifth.</summary>
    [SkippableTheory]
    [InlineData("BF16", "bfloat16")]
    [InlineData("F32", "bfloat16")]
    public void Load_ShapeOfThreeBillion_PeaksAtItsTensors(string stored, string type)
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var folder = Directory.CreateTempSubdirectory().FullName;
        EmptyCheckpoint.Write(folder, EmptyCheckpoint.Qwen25Vl3B(layers: 1), stored);
        using var child =
            Process.Start(new ProcessStartInfo("dotnet", [typeof(LoadingTests).Assembly.Location, "load", folder, type]) { RedirectStandardOutput = true })!;
        // tensors MiB | peak MiB | peak / tensors | increase / tensors | seconds
        var printed = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Directory.Delete(folder, recursive: true);
        Assert.Equal(0, child.ExitCode);
        Assert.InRange(double.Parse(printed.Split('|')[3], CultureInfo.InvariantCulture), 0.9, 1.15);
    }

    [Fact]
    public void Load_EveryTensor_HoldsNoOtherTensorMeanwhile()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory().FullName;
        EmptyCheckpoint.Write(folder, Small, "BF16");
        var counts = new List<long>();
        using var model = Checkpoint.Load(folder, float32, progress: new Immediate<ProgressUpdate>(_ => counts.Add(Tensor.TotalCount)));
        Assert.InRange(counts.Max() - counts.Min(), 0, 5);   // the number of parameters is far larger
        Assert.True(counts.Count > 40);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void ReadInto_TensorOfSeveralWindows_CopiesEachPlace(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
        var large = arange(20_000_003, dtype: float32).remainder(251);   // 80 MB: seventy-seven windows, the last one short; every value is exact in bfloat16
        SafeTensors.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(3), ["large"] = large });
        using var file = SafeTensors.Open(path);
        var target = full(large.shape, 7, dtype: type);
        file.ReadInto("large", target);
        Assert.True(target.to(float32).equal(large).all().item<bool>());
        Assert.Contains("'a' [3] does not fit into [2]", Assert.Throws<ArgumentException>(() => file.ReadInto("a", zeros(2))).Message);
        Assert.Throws<OperationCanceledException>(() => file.ReadInto("a", zeros(3), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void ToJson_NanoConfig_EqualsTheStoredFile()
    {
        var path = DataFolder.Of("nano", "config.json");
        Assert.Equal(File.ReadAllText(path), QwenVlConfig.Load(path).ToJson());
    }
}
