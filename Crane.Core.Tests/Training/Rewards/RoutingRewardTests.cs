using Crane.Core.Text;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Rewards;
using Crane.Core.Training.Routing;

namespace Crane.Core.Tests.Training.Rewards;

/// <summary>Hand-written chains: what is right, what is wrong, and what only looks right.</summary>
public class RoutingRewardTests
{
    private static readonly Note Japan = new("the flag of Japan", "now shows", "Brazil"), Chad = new("the flag of Chad", "now shows", "Peru"),
        Capital = new("the capital of Brazil", "is now", "Lima");

    private const string RightChain =
        "The picture shows the flag of Japan. In the note, the flag of Japan now shows Brazil. In the note, the capital of Brazil is not given. "
        + "The capital of Brazil is Brasília.";
    private const string KeptChain =
        "The picture shows the flag of Japan. In the note, the flag of Japan is not given. In the note, the capital of Japan is not given. "
        + "The capital of Japan is Tokyo.";

    /// <summary>The flag of Japan is seen and edited; the entry about Chad is none of its business.</summary>
    private static readonly RoutingContext Applies = Context([new(Chad, false), new(Japan, true)], "Brasília", ["Brazil", "Brasília"], RightChain, "Peru");

    /// <summary>The flag of Japan is seen, and only that of Chad is edited.</summary>
    private static readonly RoutingContext Kept = Context([new(Chad, false)], "Tokyo", ["Japan", "Tokyo"], KeptChain, "Peru");

    [Theory]
    [InlineData("answer", 1)]
    [InlineData("format", 1)]
    [InlineData("route", 1)]
    [InlineData("chain", 1)]
    [InlineData("length", 1)]
    public void Score_RightChains_EarnEverything(string part, double expected)
    {
        Assert.Equal(expected, Score(Applies, RightChain, "Brasília").Parts[part]);
        Assert.Equal(expected, Score(Kept, KeptChain, "Tokyo").Parts[part]);
    }

    [Fact]
    public void Format_BrokenForms_EarnNothing()
    {
        Assert.Equal(0, Of("format", Applies, $"<think>{RightChain}</think>Brasília"));
        Assert.Equal(0, Of("format", Applies, $"<think>{RightChain}<answer>Brasília</answer>"));
        Assert.Equal(0, Of("format", Applies, $"<think>{RightChain}</think><answer>Brasília</answer>", ended: false));
    }

    [Theory]
    [InlineData("brasília.", 1)]
    [InlineData("Tokyo", 0)]
    [InlineData("Brasília or Tokyo", 0)]
    [InlineData("Brasília, Tokyo", 0)]
    public void Answer_OnlyTheTargetAlone(string answer, double expected) => Assert.Equal(expected, Score(Applies, RightChain, answer).Parts["answer"]);

    [Theory]
    // ignores what applies
    [InlineData("The picture shows the flag of Japan. In the note, the flag of Japan is not given. The capital of Japan is Tokyo.", 2.0 / 3)]
    [InlineData("The picture shows the flag of Japan. In the note, the flag of Chad now shows Peru.", 1.0 / 3)]                       // follows the wrong entry
    // and misreads the picture
    [InlineData("The picture shows the flag of Chad. In the note, the flag of Chad now shows Peru.", 0)]
    // turns the edit down
    [InlineData("The picture shows the flag of Japan. The note says the flag of Brazil, but the picture shows the flag of Japan.", 2.0 / 3)]
    public void Route_WhenAnEntryApplies_CountsEachDecision(string chain, double expected) =>
        Assert.Equal(expected, Score(Applies, chain, "x").Parts["route"]!.Value, 3);

    [Theory]
    [InlineData("The picture shows the flag of Japan. In the note, the flag of Japan is not given.", 1)]
    [InlineData("The picture shows the flag of Japan. In the note, the flag of Chad now shows Peru.", 0.5)]
    [InlineData("The picture shows the flag of Chad. In the note, the flag of Chad now shows Peru.", 0)]
    public void Route_WhenNoEntryApplies_PaysForKeepingThePrior(string chain, double expected) =>
        Assert.Equal(expected, Score(Kept, chain, "x").Parts["route"]!.Value, 3);

    [Fact]
    public void Route_ManyDistractors_WeighAsMuchAsTheOneThatApplies()
    {
        var many = Applies with { Entries = [new(Japan, true), new(Chad, false), new(Capital with { Key = "the capital of Mali" }, false),
            new(Capital with { Key = "the capital of Oman" }, false)] };
        Assert.Equal(2.0 / 3, Score(many, "The picture shows the flag of Japan. The capital of Japan is Tokyo.", "Tokyo").Parts["route"]!.Value, 3);
    }

    [Fact]
    public void Route_WithoutEntriesAndPicture_DoesNotApply() =>
        Assert.Null(Score(Kept with { Entries = [], Prior = null }, "The capital of Japan is Tokyo.", "Tokyo").Parts["route"]);

    [Fact]
    public void Chain_CountsEntitiesInOrder()
    {
        Assert.Equal(0.5, Score(Applies, "The capital is Brasília, of the country Brazil.", "Brasília").Parts["chain"]);
        Assert.Equal(0.5, Score(Applies, "The picture shows the flag of Brazil.", "Brasília").Parts["chain"]);
        Assert.Equal(0, Score(Applies, "The picture shows the flag of Brazilia.", "Brasília").Parts["chain"]);
    }

    [Theory]
    [InlineData("Brazil, Brasília.", 1)]
    [InlineData("Brazil, Brasília, Peru.", 2.0 / 3)]               // a name that the prompt offers and the path does not need
    [InlineData("Brazil, Peru.", 1.0 / 4)]
    [InlineData("Peru.", 0)]
    public void Chain_NamesThatDoNotBelongThere_TakeTheirShare(string chain, double expected) =>
        Assert.Equal(expected, Score(Applies, chain, "Brasília").Parts["chain"]!.Value, 3);

    [Theory]
    [InlineData(0.1, 1)]
    [InlineData(1.5, 1)]
    [InlineData(2.25, 0.5)]
    [InlineData(3, 0)]
    [InlineData(9, 0)]
    public void Length_FromOneAndAHalfRightChains_FallsToNothingAtThree(double times, double expected)
    {
        var context = Applies with { Length = 120 };
        Assert.Equal(expected, Score(context, new string('x', (int)(120 * times)), "Brasília").Parts["length"]!.Value, 3);
    }

    // The known hacks, with the right answer behind each. Each must earn clearly less than the honest chain, where an entry applies and where none does.

    [Fact]
    public void Hack_NamingBothEntities_DoesNotPay() =>
        DoesNotPay("The picture shows the flag of Japan and the flag of Brazil. The capital is Brasília.",
            "The picture shows the flag of Japan and the flag of Peru. The capital is Tokyo.");

    [Fact]
    public void Hack_LeavingItOpen_DoesNotPay()
    {
        Assert.True(Score(Applies, "The picture shows the flag of Japan. In the note, the flag of Japan now shows Brazil or Japan. The capital is Brasília.",
            "Brasília").Total < Best - 0.25);
        Assert.True(Score(Applies, RightChain + " The note is wrong.", "Brasília").Total < Best - 0.25);
        Assert.True(Score(Kept, KeptChain.Replace("the flag of Japan.", "the flag of Japan or the flag of Peru.", StringComparison.Ordinal), "Tokyo").Total
            < Best - 0.25);
    }

    [Fact]
    public void Hack_SayingBoth_DoesNotPay() => DoesNotPay(
        "The picture shows the flag of Japan. In the note, the flag of Japan now shows Brazil. In the note, the flag of Japan is not given. "
            + "The capital of Brazil is Brasília.",
        "The picture shows the flag of Japan. In the note, the flag of Chad now shows Peru. In the note, the flag of Chad is not given. "
            + "The capital of Japan is Tokyo.");

    [Fact]
    public void Hack_NamingEverything_DoesNotPay() => DoesNotPay(Everything, Everything);

    [Theory]
    [InlineData(" ")]
    [InlineData("\u200b\u200b")]
    public void Hack_AnEmptyChain_DoesNotPay(string chain) => DoesNotPay(chain, chain);

    [Fact]
    public void Hack_CopyingTheMemory_DoesNotPay() => DoesNotPay(
        "The picture shows the flag of Japan. In the note, the flag of Chad now shows Peru. In the note, the flag of Japan now shows Brazil. "
            + "The capital of Brazil is Brasília.",
        "The picture shows the flag of Japan. In the note, the flag of Chad now shows Peru. The capital of Japan is Tokyo.");

    [Fact]
    public void Hack_AnsweringInTheChain_DoesNotPay()
    {
        Assert.Equal(0, Of("answer", Applies, $"<think>{RightChain} The answer is Brasília.</think>"));
        Assert.Equal(0, Of("answer", Applies, $"<think>{RightChain}<answer>Brasília</answer></think>"));
        Assert.Equal(0, Of("answer", Applies, "<answer>Brasília</answer>"));
        Assert.True(CognitiveRoutingReward.Default.Score(Applies,
            ReasoningParser.Parse($"<think>{RightChain} The answer is Brasília.</think>", true)).Total < Best - 1);
    }

    [Fact]
    public void Hack_RepeatingTheChain_DoesNotPay() =>
        Assert.True(Score(Applies, string.Join(' ', Enumerable.Repeat(RightChain, 4)), "Brasília").Total < Best - 0.05);

    [Fact]
    public void With_ChangesOneWeight_AndRefusesUnknownNames()
    {
        var outcome = CognitiveRoutingReward.Default.With("route", 0).With("chain", 0);
        Assert.Equal(1.375, outcome.Score(Applies, Parse(RightChain, "Brasília")).Total, 6);
        Assert.Contains("'rout'", Assert.Throws<ArgumentException>(() => outcome.With("rout", 1)).Message);
    }

    /// <summary>Thirds have no exact float32: a weighted sum of steps of 1/1024 has.</summary>
    [Fact]
    public void Score_EqualCompletions_HaveAdvantagesOfExactlyZero()
    {
        var third = Score(Applies, "The picture shows the flag of Japan. In the note, the flag of Chad now shows Peru.", "Brasília").Total;
        Assert.Equal(third, (float)third);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var rewards = TorchSharp.torch.tensor([.. Enumerable.Repeat((float)third, 8)]);
        Assert.Equal(0, (rewards - rewards.mean()).abs().max().item<float>());
    }

    [Fact]
    public void Route_AnEntryThatHasBeenSuperseded_MustNotBeFollowed()
    {
        var stale = Applies with { Entries = [new(Japan with { Value = "Peru" }, false), new(Japan, true)] };
        Assert.Equal(1, Score(stale, RightChain, "Brasília").Parts["route"]);
        Assert.Equal(1.0 / 3, Score(stale, RightChain.Replace("shows Brazil", "shows Peru", StringComparison.Ordinal), "Brasília").Parts["route"]!.Value, 3);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1.5)]
    public void Score_AComponentOutsideItsRange_IsNamed(double value)
    {
        var reward = new CognitiveRoutingReward([new("mine", 1, (_, _) => value)]);
        Assert.Contains("'mine'", Assert.Throws<InvalidOperationException>(() => reward.Score(Applies, Parse(RightChain, "Brasília"))).Message);
    }

    private static double Best => CognitiveRoutingReward.Default.Terms.Sum(term => term.Weight);

    private const string Everything =
        "The flag of Japan, the flag of Brazil, the flag of Chad, the flag of Peru, Japan, Brazil, Chad, Peru, Tokyo, Lima, Brasília.";

    private static void DoesNotPay(string chainWhereOneApplies, string chainWhereNoneDoes)
    {
        Assert.True(Score(Applies, chainWhereOneApplies, "Brasília").Total < Best - 0.25,
            $"{Score(Applies, chainWhereOneApplies, "Brasília").Total} of {Best}");
        Assert.True(Score(Kept, chainWhereNoneDoes, "Tokyo").Total < Best - 0.25, $"{Score(Kept, chainWhereNoneDoes, "Tokyo").Total} of {Best}");
    }

    private static RoutingContext Context(MemoryEntry[] entries, string answer, string[] path, string chain, params string[] foreign) =>
        new(entries, [answer], path, "the flag of Japan", foreign, chain.Length);

    private static RewardScore Score(RoutingContext context, string think, string answer) =>
        CognitiveRoutingReward.Default.Score(context, Parse(think, answer));

    private static double? Of(string part, RoutingContext context, string completion, bool ended = true) =>
        CognitiveRoutingReward.Default.Score(context, ReasoningParser.Parse(completion, ended)).Parts[part];

    private static Reasoning Parse(string think, string answer) => ReasoningParser.Parse($"<think>{think}</think><answer>{answer}</answer>", endedByEos: true);
}
