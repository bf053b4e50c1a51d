using Crane.Core.Training;

namespace Crane.Core.Tests.Training;

public class LearningRateScheduleTests
{
    private static readonly int[] Steps = [0, 2, 4, 12, 20];

    /// <summary>Peak 0.1, 4 steps of warm-up, 20 steps; worked out from the formulas of transformers by hand at steps 0, 2, 4, 12, 20.</summary>
    [Theory]
    [InlineData("constant", new[] { 0.1, 0.1, 0.1, 0.1, 0.1 })]
    [InlineData("constant_with_warmup", new[] { 0, 0.05, 0.1, 0.1, 0.1 })]
    [InlineData("linear", new[] { 0, 0.05, 0.1, 0.05, 0 })]
    [InlineData("cosine", new[] { 0, 0.05, 0.1, 0.05, 0 })]
    [InlineData("cosine_with_restarts", new[] { 0, 0.05, 0.1, 0.1, 0 })]             // two cycles: at 12 the second begins
    [InlineData("cosine_with_min_lr", new[] { 0, 0.05, 0.1, 0.06, 0.02 })]           // (1 − 0.2) / 2 + 0.2 = 0.6
    [InlineData("polynomial", new[] { 0, 0.05, 0.1, 0.0325, 0.01 })]                 // 0.09 × 0.5² + 0.01
    [InlineData("inverse_sqrt", new[] { 0, 0.05, 0.1, 0.057735026918962574, 0.044721359549995794 })]   // 0.1 √(4/12), 0.1 √(4/20)
    [InlineData("warmup_stable_decay", new[] { 0.02, 0.06, 0.1, 0.1, 0.02 })]
    public void Create_Type_EqualsHuggingFace(string type, double[] expected)
    {
        var config = new ScheduleConfig
        {
            MinLrRate = 0.2, LrEnd = 0.01, Power = 2, NumDecaySteps = 8, NumCycles = type == "cosine_with_restarts" ? 2 : null,
        };
        var rate = LearningRateSchedule.Create(type, 0.1, 4, 20, config);
        foreach (var (step, value) in Steps.Zip(expected)) Assert.Equal(value, rate(step), 12);
    }

    [Fact]
    public void Create_Types_AreAllTested() => Assert.Equal(9, LearningRateSchedule.Types.Count());

    [Fact]
    public void Create_Fall_IsBetweenItsEnds()
    {
        Assert.Equal(0.1 * 0.5 * (1 + Math.Cos(Math.PI * 0.25)), LearningRateSchedule.Create("cosine", 0.1, 4, 20)(8), 12);
        Assert.Equal(0.1 * 0.5 * (1 + Math.Cos(Math.PI * 0.25)),
            LearningRateSchedule.Create("warmup_stable_decay", 0.1, 4, 20, new() { NumDecaySteps = 8 })(14), 12);
        Assert.Equal(0, LearningRateSchedule.Create("linear", 0.1, 4, 20)(25), 12);
    }

    [Fact]
    public void Create_UnknownType_ListsTheNames() =>
        Assert.Contains("cosine_with_min_lr", Assert.Throws<ArgumentException>(() => LearningRateSchedule.Create("cosin", 1, 0, 1)).Message);
}
