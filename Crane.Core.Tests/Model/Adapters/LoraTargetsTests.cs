using Crane.Core.Model.Adapters;

namespace Crane.Core.Tests.Model.Adapters;

public class LoraTargetsTests
{
    private const string Query = "model.language_model.layers.11.self_attn.q_proj";

    public static TheoryData<string, LoraConfig, bool> Rules() => new()
    {
        { "a name is the end of a path after a dot", new() { TargetModules = ["q_proj"] }, true },
        { "not the end of a word", new() { TargetModules = ["_proj"] }, false },
        { "a longer name", new() { TargetModules = ["self_attn.q_proj"] }, true },
        { "a pattern matches whole paths", new() { TargetModules = @".*\.q_proj" }, true },
        { "not a part of them", new() { TargetModules = "q_proj" }, false },
        { "every linear map", new() { TargetModules = "all-linear" }, true },
        { "an exception by name", new() { TargetModules = ["q_proj"], ExcludeModules = ["q_proj"] }, false },
        { "an exception by pattern", new() { TargetModules = ["q_proj"], ExcludeModules = ".*layers.11.*" }, false },
        { "its layer", new() { TargetModules = ["q_proj"], LayersToTransform = [11] }, true },
        { "another layer", new() { TargetModules = ["q_proj"], LayersToTransform = [1] }, false },
        { "its list of layers", new() { TargetModules = ["q_proj"], LayersToTransform = [11], LayersPattern = ["layers"] }, true },
        { "another list", new() { TargetModules = ["q_proj"], LayersToTransform = [11], LayersPattern = ["blocks"] }, false },
        { "a whole path is not narrowed", new() { TargetModules = [Query], LayersToTransform = [1] }, true },
    };

    [Theory, MemberData(nameof(Rules))]
    public void IsTarget_Rule_IsPefts(string rule, LoraConfig config, bool expected) =>
        Assert.True(expected == LoraTargets.IsTarget(config, Query, isLinear: true), rule);

    [Fact]
    public void IsTarget_AllLinear_LeavesHeadAndOthersOut()
    {
        var config = new LoraConfig { TargetModules = "all-linear" };
        Assert.False(LoraTargets.IsTarget(config, "lm_head", isLinear: true));
        Assert.False(LoraTargets.IsTarget(config, "model.language_model.norm", isLinear: false));
    }

    [Theory]
    [InlineData("q_proj", 2)]
    [InlineData("proj", 8)]                                      // begins after a dot
    [InlineData(@"layers\.11\.self_attn\.q_proj", 2)]
    [InlineData(@"layers\.\d\.self_attn\.q_proj", 8)]            // one digit is not eleven
    [InlineData("^self_attn.q_proj", 8)]                         // from the start of the path
    [InlineData("^model.language_model.layers.11.self_attn.q_proj", 2)]
    public void RankOf_Pattern_MatchesTheEndOfThePath(string pattern, int expected) =>
        Assert.Equal(expected, new LoraConfig { RankPattern = [new(pattern, 2)] }.RankOf(Query));

    [Theory, InlineData(false, 2.0), InlineData(true, 5.656854249492381)]
    public void ScalingOf_AlphaSixteenRankEight_IsPefts(bool rslora, double expected) =>
        Assert.Equal(expected, new LoraConfig { R = 8, LoraAlpha = 16, UseRslora = rslora }.ScalingOf(Query), 12);
}
