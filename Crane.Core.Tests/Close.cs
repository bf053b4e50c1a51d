using static TorchSharp.torch;

namespace Crane.Core.Tests;

/// <summary>Compares tensors and says where they differ most.</summary>
internal static class Close
{
    public static double Difference(Tensor expected, Tensor actual) => (expected.to(float64) - actual.to(float64)).abs().max().item<double>();

    /// <summary>Tensors that are alive once the garbage collector has released what nobody holds.</summary>
    public static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }

    /// <summary>How far a call raises the number of live tensors.</summary>
    public static long LeftBehind(Action call)
    {
        var before = LiveTensors();
        call();
        return LiveTensors() - before;
    }

    public static void Assert(string what, Tensor expected, Tensor actual, double tolerance)
    {
        using var scope = NewDisposeScope();
        Xunit.Assert.True(expected.shape.SequenceEqual(actual.shape),
            $"{what}: expected [{string.Join(", ", expected.shape)}], found [{string.Join(", ", actual.shape)}].");
        if (expected.numel() == 0) return;
        var difference = (expected.to(float64) - actual.to(float64)).abs().flatten();
        var at = difference.argmax().item<long>();
        var largest = difference[at].item<double>();
        Xunit.Assert.True(largest <= tolerance,
            $"{what}: largest difference {largest:g4} (allowed {tolerance:g2}) at flat index {at}: expected {expected.flatten()[at].to(float64).item<double>():g7}, found {actual.flatten()[at].to(float64).item<double>():g7}.");
    }
}
