using Crane.Core.Model;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Training.Rewards;
using Crane.Core.Training.Routing;

namespace Crane.Core.Tests.Training.Routing;

[Collection(nameof(Torch))]
public class UndecidedPromptsTests
{
    /// <summary>The base itself is undecided about much: it has never seen these chains.</summary>
    [Fact]
    public void Choose_GivesAsManyPromptsAsTheRunReads_TheSameForTheSameSeed()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var recipe = new CraneRecipe(Worlds.Nano, RoutingTopics.Text);
        var config = CraneRecipe.Grpo(1, 1) with { PerDeviceTrainBatchSize = 48, MaxCompletionLength = 24 };
        var chosen = UndecidedPrompts.Choose(model, recipe, config, CognitiveRoutingReward.Default);
        Assert.Equal(recipe.GrpoPrompts(config).Count, chosen.Count);
        Assert.Equal(chosen.Select(p => p.Question.Text), UndecidedPrompts.Choose(model, recipe, config, CognitiveRoutingReward.Default)
            .Select(p => p.Question.Text));
        Assert.NotEqual(chosen.Select(p => p.Question.Text), recipe.GrpoPrompts(config).Select(p => p.Question.Text));
    }

    [Fact]
    public void Choose_ARewardThatIsAlwaysTheSame_LeavesTheOrdinaryPrompts()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var recipe = new CraneRecipe(Worlds.Nano, RoutingTopics.Text);
        var config = CraneRecipe.Grpo(1, 1) with { PerDeviceTrainBatchSize = 24, MaxCompletionLength = 8 };
        var chosen = UndecidedPrompts.Choose(model, recipe, config, new([new("flat", 1, (_, _) => 1)]));
        Assert.Equal(recipe.GrpoPrompts(config).Select(p => p.Question.Text), chosen.Select(p => p.Question.Text));
    }
}
