using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Grounding;

namespace Crane.Core.Tests.Evaluation.Grounding;

public class JudgedChainTests
{
    private static readonly IReadOnlyList<JudgedChain> Chains = JudgedChain.Shipped();

    /// <summary>Floors: precision and recall that the judge must not fall below. Its rules were made from dev alone.</summary>
    [Theory]
    [InlineData("dev", "", 0.97, 0.97)]
    [InlineData("held-out", "", 0.75, 0.85)]
    [InlineData("held-out", "nano", 1, 1)]
    [InlineData("held-out", "crane", 1, 1)]
    public void Grounded_OnJudgedChains_AgreesWithTheReader(string split, string form, double precision, double recall)
    {
        var chains = Chains.Where(c => c.Split == split && (form.Length == 0 || c.Form == form)).ToList();
        var measured = JudgedChain.Measure(chains, c => GroundedSuccess.Grounded(c.Think, c.Path, c.Injected, c.Old).Success);
        Assert.True(measured.Precision >= precision && measured.Recall >= recall,
            $"{split} {form}: precision {measured.Precision:f3}, recall {measured.Recall:f3} of {chains.Count}");
    }

    [Fact]
    public void Shipped_Chains_AreEnoughAndSplit()
    {
        Assert.True(Chains.Count >= 150, $"{Chains.Count} chains");
        Assert.Equal(Chains.Count, Chains.Select(c => c.Id).Distinct().Count());
        Assert.Equal(["dev", "held-out"], Chains.Select(c => c.Split).Distinct().Order());
        Assert.True(Chains.Count(c => c.Form == "adversarial") >= 30);
    }

    [Theory]
    [InlineData("It looks like Japan, but the note says Brazil. I'll trust it.", Stance.Held)]
    [InlineData("The note says Brazil.", Stance.Quoted)]
    [InlineData("The note says Brazil. It looks like Japan.", Stance.TurnedDown)]
    [InlineData("It is Brazil. It looks like Japan.", Stance.Held)]
    [InlineData("Is it Brazil? It could be Brazil.", Stance.Open)]
    [InlineData("It is Japan.", Stance.Silent)]
    [InlineData("The note says Brazil. I do not follow it.", Stance.TurnedDown)]
    [InlineData("It is Brazil. That is wrong.", Stance.TurnedDown)]
    [InlineData("It is Brazil. The note about Peru is wrong.", Stance.Held)]
    [InlineData("By the memory it can be nothing but Brazil, no longer Japan.", Stance.Quoted)]
    [InlineData("It is Brazil because I was told so. No: it is Japan.", Stance.TurnedDown)]
    public void Read_LastClaim_Decides(string think, Stance stance) => Assert.Equal(stance, ChainReader.Read(think, "Brazil", ["Japan"], ["Brazil"]).Stance);

    [Theory]
    [InlineData("South Sudan", "Sudan", false)]
    [InlineData("Guinea-Bissau", "Guinea", false)]
    [InlineData("Equatorial Guinea", "Guinea", false)]
    [InlineData("Mexico City", "Mexico", false)]
    [InlineData("a turkey", "Turkey", false)]
    [InlineData("Brazil's flag", "Brazil", true)]
    [InlineData("the EURO.", "euro", true)]
    [InlineData("Côte d’Ivoire", "Côte d'Ivoire", true)]
    public void Mention_Names_AreWhole(string text, string name, bool mentioned) => Assert.Equal(mentioned, Names.Mention(name).IsMatch(Names.Plain(text)));
}
