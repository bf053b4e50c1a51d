using Crane.Core.Evaluation;
using Crane.Core.Text;

namespace Crane.Core.Tests.Evaluation;

public class GroundedSuccessTests
{
    [Theory]
    [InlineData("The picture shows the flag of Brazil.", "Brazil", true, "valid, right and grounded")]
    [InlineData("The note says Brazil, and the picture is unclear.", "brazil.", true, "valid")]
    [InlineData("The note says Brazil, but the picture shows the flag of Japan.", "Japan", false, "answer: 'Japan', expected 'Brazil'")]
    [InlineData("The note says Brazil, but the picture shows the flag of Japan.", "Brazil", false, "rejected: \"The note says Brazil, but")]
    [InlineData("The edit about Brazil does not apply.", "Brazil", false, "rejected")]
    [InlineData("The note says Japan, but the picture shows the flag of Brazil.", "Brazil", true, "valid")]              // the target is what is kept
    [InlineData("The note says Brazil, but hm. The picture shows Brazil.", "Brazil", true, "valid")]                     // the last claim decides
    [InlineData("The picture shows the flag of Japan.", "Brazil", false, "not grounded: the chain does not use 'Brazil'")]
    public void Judge_Chain_SaysWhy(string think, string answer, bool success, string reason)
    {
        var verdict = GroundedSuccess.Judge(ReasoningParser.Parse($"<think>{think}</think><answer>{answer}</answer>", endedByEos: true), ["Brazil"], ["Brazil"]);
        Assert.Equal(success, verdict.Success);
        Assert.Contains(reason, verdict.Reason);
    }

    [Theory]
    [InlineData("It shows Brazil. The capital of Brazil is Brasília.", true)]
    [InlineData("Brasília is a city. It shows Brazil.", false)]   // the path in the wrong order
    [InlineData("The capital is Brasília.", false)]
    public void Judge_TwoHops_AsksForTheWholePathInOrder(string think, bool success) =>
        Assert.Equal(success, GroundedSuccess.Judge(ReasoningParser.Parse($"<think>{think}</think><answer>Brasília</answer>", true), ["Brasília"], ["Brazil", "Brasília"]).Success);

    [Fact]
    public void Judge_BrokenForm_FailsFirst() =>
        Assert.StartsWith("form:", GroundedSuccess.Judge(ReasoningParser.Parse("Brazil", true), ["Brazil"], ["Brazil"]).Reason);

    [Fact]
    public void Sentences_Abbreviations_StayWhole() =>
        Assert.Equal(["The capital is Washington D.C. now.", "So it is."], GroundedSuccess.Sentences("The capital is Washington D.C. now. So it is."));

    [Theory]
    [InlineData(0, 10, 0.0, 0.2775)]
    [InlineData(10, 10, 0.7225, 1.0)]
    [InlineData(81, 263, 0.2553, 0.3662)]   // Newcombe 1998, table I, method 3
    public void Proportion_Wilson_EqualsPublishedValues(int successes, int trials, double low, double high)
    {
        var proportion = new Proportion(successes, trials);
        Assert.Equal(low, proportion.Low, 4);
        Assert.Equal(high, proportion.High, 4);
    }
}
