using Crane.Core.Training.Rewards;
using Crane.Notebooks.Files;
using Crane.Notebooks.Running;

namespace Crane.Core.Tests.Notebooks;

public sealed class TrainCommandTests
{
    private static readonly TrainSettings Plain = new("grpo", "from", "out", Seed: 3, Steps: 4);

    [Fact]
    public void Config_WithoutComponents_PaysTheOthersAndLogsAll()
    {
        var reward = TrainCommand.Reward(Plain with { Without = ["route", "length"] });
        Assert.Equal(CognitiveRoutingReward.Default.Terms.Select(term => term.Name is "route" or "length" ? 0 : term.Weight),
            TrainCommand.Config(Plain, reward).RewardWeights);
        Assert.Equal(CognitiveRoutingReward.Default.Terms.Select(term => term.Weight),
            TrainCommand.Config(Plain, TrainCommand.Reward(Plain)).RewardWeights);
        Assert.Contains("'path'; there are format, answer, route, chain, length",
            Assert.Throws<NotebookException>(() => TrainCommand.Reward(Plain with { Without = ["path"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Config_OtherGroups_KeepsTheCompletionsOfAStep()
    {
        var reward = CognitiveRoutingReward.Default;
        var (usual, small) = (TrainCommand.Config(Plain, reward), TrainCommand.Config(Plain with { Generations = 4 }, reward));
        Assert.Equal((usual.ResolvedGenerationBatchSize, 4, 2 * usual.PromptsPerGeneration),
            (small.ResolvedGenerationBatchSize, small.NumGenerations, small.PromptsPerGeneration));
        Assert.Equal((4, 3), (small.MaxSteps, small.Seed));
        Assert.Contains("num_generations (7)", Assert.Throws<NotebookException>(() => TrainCommand.Config(Plain with { Generations = 7 }, reward)).Message,
            StringComparison.Ordinal);
    }
}
