using Crane.Core.Tests.Benchmark;
using Crane.Core.Text;
using Crane.Core.Training.Lab;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Rewards;
using Crane.Core.Training.Routing;

namespace Crane.Core.Tests.Training.Lab;

/// <summary>The known cheats on tasks as the training draws them. None may pay under the Cognitive Routing Reward; each does under a reward that was made to
/// fall for it.</summary>
public class CheatTests
{
    private static readonly RewardVariant Full = RewardVariant.Shipped[0];
    private static readonly Lazy<RoutingTask[]> Tasks = new(Draw);

    public static TheoryData<string> Names() => [.. Cheats.All.Select(cheat => cheat.Name)];

    private static RoutingTask[] Draw()
    {
        var pool = RoutingPool.Of(Worlds.Nano, "train");
        var lessons = new RoutingLessons(Worlds.Nano, pool, new(new LookUps(Worlds.Nano.World, pool.Others)));
        return [.. Enumerable.Range(0, 300).Select(i => lessons.Next(Seeds.Random(4, i)))
            .Where(task => task is { IsAnswerable: true, Context.Entries.Count: > 0 })];
    }

    [Fact]
    public void Score_RightChain_EarnsAllThatApplies() => Assert.All(Tasks.Value, task => Assert.All(RewardVariant.Shipped, variant =>
    {
        var score = variant.Reward.Score(task.Context, ReasoningParser.Parse(task.Lesson.Completion, true));
        Assert.Equal(variant.Reward.Terms.Where(term => score.Parts[term.Name] is not null).Sum(term => term.Weight), score.Total, 6);
    }));

    [Theory, MemberData(nameof(Names))]
    public void Share_OfACheat_IsLessThanTheHonestChains(string name)
    {
        var cheat = Cheats.All.Single(c => c.Name == name);
        double[] shares = [.. Tasks.Value.Select(task => Cheats.Share(Full, task, cheat.Write(task))!.Value)];
        Assert.True(shares.Max() <= 1, $"It pays {shares.Max():f3} of the honest chain at best.");
        Assert.True(shares.Average() < 0.9, $"It pays {shares.Average():f3} of the honest chain on average.");
    }

    [Fact]
    public void Share_OutcomeAlone_PaysWhoeverHasTheAnswer()
    {
        var outcome = RewardVariant.Shipped.Single(variant => variant.Name == "outcome only");
        foreach (var name in (string[])["names both", "names everything", "copies the memory", "says the answer alone"])
            Assert.All(Tasks.Value, task => Assert.Equal(1, Cheats.Share(outcome, task, Cheats.All.Single(c => c.Name == name).Write(task))));
        foreach (var name in (string[])["empty chain", "answers in the chain"])
            Assert.All(Tasks.Value, task => Assert.Equal(0, Cheats.Share(outcome, task, Cheats.All.Single(c => c.Name == name).Write(task))));
    }

    [Fact]
    public void Share_ShorterIsBetter_PaysMoreThanHonesty()
    {
        double? Brief(RoutingContext context, Reasoning read) => Math.Clamp(1 - (read.Think ?? "").Length / (2.0 * context.Length), 0, 1);
        var naive = new RewardVariant("shorter", new([.. RewardVariant.Weighted(("length", 0)).Terms, new RewardTerm("brief", 4, Brief)]));
        Assert.True(Tasks.Value.Average(task => Cheats.Share(naive, task, Cheats.All.Single(c => c.Name == "says the answer alone").Write(task))) > 1.05);
    }

    [Fact]
    public void Share_NothingApplies_IsNull()
    {
        var task = new RoutingTask("text/attribute/no-memory", new("What is the capital of Japan?"), new([], ["Tokyo"], ["Tokyo"], null, [], 30),
            "The capital of Japan is Tokyo.", "Tokyo");
        Assert.Null(Cheats.Share(RewardVariant.Shipped.Single(variant => variant.Name == "route only"), task, task.Lesson.Completion));
    }

    [Fact]
    public void Weighted_UnknownComponent_IsNamed() =>
        Assert.Contains("'rout'", Assert.Throws<ArgumentException>(() => RewardVariant.Weighted(("rout", 1))).Message);
}
