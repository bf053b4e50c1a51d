using Crane.Core.Model;

namespace Crane.Core.Tests.Model;

public class ScalarsTests
{
    [Fact]
    public void Core_NumbersBesideTensors_AreAllHeld()
    {
        var loose = LooseNumbers.Of(typeof(QwenVl).Assembly.Location).Where(call => !call.StartsWith("Crane.Core.Model.Scalars.", StringComparison.Ordinal))
            .ToList();
        Assert.True(loose.Count == 0,
            "Write Scalars.Keep(…) around these numbers, .Plus for sums, Scalars.Range for arange: a garbage collection may free them "
            + $"under native code. {string.Join("; ", loose)}");
    }

    [Fact]
    public void Of_LibraryWithLooseNumbers_FindsThem() =>
        Assert.Contains(LooseNumbers.Of(typeof(QwenVl).Assembly.Location),
            call => call.StartsWith("Crane.Core.Model.Scalars.Keep: Scalar", StringComparison.Ordinal));

    [Theory, InlineData("op_Multiply"), InlineData("op_Addition"), InlineData("arange")]
    public void Of_TestsThemselves_FindsOperatorsAndNumbersInsideOperations(string called) =>
        Assert.Contains(LooseNumbers.Of(typeof(ScalarsTests).Assembly.Location), call => call.Contains(called, StringComparison.Ordinal));
}
