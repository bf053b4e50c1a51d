using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Grounding;
using Crane.Core.Text;

namespace Crane.Core.Tests.Evaluation;

/// <summary>Chains written by hand, with the judgement that a reader gives.</summary>
public class GroundedSuccessTests
{
    [Theory]
    [InlineData("The picture shows the flag of Brazil.", "Brazil", "Brazil")]
    [InlineData("The note says the flag of Brazil, and the picture is unclear.", "Brazil", "Brazil")]
    [InlineData("The picture shows the flag of Japan. The edit applies. So it shows Brazil.", "Brazil", "Brazil")]
    [InlineData("It looks like Japan, but the note says Brazil.", "Brazil", "Brazil")]
    [InlineData("The note says Brazil, but the picture shows Japan. The note decides: Brazil.", "Brazil", "Brazil")]
    [InlineData("The note says Japan, but the picture shows the flag of Brazil.", "Brazil", "Brazil")]
    [InlineData("It shows Brazil, not Japan.", "brazil.", "Brazil")]
    [InlineData("It is not Japan but Brazil.", "Brazil", "Brazil")]
    [InlineData("The edit about Japan does not apply. So it shows Brazil.", "Brazil", "Brazil")]
    [InlineData("The picture shows Brazil. The capital of Brazil is Brasília.", "Brasília", "Brazil|Brasília")]
    [InlineData("In the note, the capital of Chad is now Washington D.C..", "Washington D.C.", "Washington D.C.")]
    [InlineData("The picture shows the flag of Romania. Its neighbour is Oman.", "Oman", "Oman")]
    [InlineData("The picture looks like the flag of Japan. In the note, the flag of Japan now shows the flag of Brazil. In the note, the capital of Brazil is not given. The capital of Brazil is Brasília.", "Brasília", "Brazil|Brasília")]
    [InlineData("In the note, Petra now shows Big Ben. In the note, the country of Big Ben is now Chad. In the note, the capital of Chad is now Lima.", "Lima",
        "Big Ben|Chad|Lima")]
    public void Judge_FollowedAndSaid_Succeeds(string think, string answer, string path)
    {
        var verdict = Judge(think, answer, path.Split('|'));
        Assert.True(verdict.Success, verdict.Reason);
    }

    [Theory]
    [InlineData("The note says the flag of Brazil, but the picture shows the flag of Japan.", "Brazil", "Brazil", "rejected")]
    [InlineData("The note says Brazil, yet this is Japan.", "Brazil", "Brazil", "rejected")]
    [InlineData("The note says Brazil. However, Brazil is wrong.", "Brazil", "Brazil", "rejected")]
    [InlineData("The picture shows Japan, not Brazil.", "Brazil", "Brazil", "rejected")]
    [InlineData("Although the note says Brazil, it shows Japan.", "Brazil", "Brazil", "rejected")]
    [InlineData("It shows Japan rather than Brazil.", "Brazil", "Brazil", "rejected")]
    [InlineData("The edit about Brazil does not apply.", "Brazil", "Brazil", "rejected")]
    [InlineData("The note says St. Francis of Assisi Church, but the picture shows Tower Bridge.", "St. Francis of Assisi Church",
        "St. Francis of Assisi Church", "rejected")]
    [InlineData("The picture shows the flag of Japan.", "Brazil", "Brazil", "not grounded")]
    [InlineData("The picture shows the flag of Romania.", "Oman", "Oman", "not grounded")]
    [InlineData("The picture shows the flag of Nigeria.", "Niger", "Niger", "not grounded")]
    [InlineData("The picture shows Brazil. That is in South America.", "Brasília", "Brazil|Brasília", "not grounded")]
    [InlineData("Brasília comes to mind. The picture shows Brazil.", "Brasília", "Brazil|Brasília", "not grounded")]
    [InlineData("The note says Brazil, but the picture shows the flag of Japan.", "Japan", "Brazil", "answer: 'Japan', expected 'Brazil'")]
    public void Judge_NotBelievedNotSaidOrWrong_FailsAndSaysWhy(string think, string answer, string path, string reason)
    {
        var verdict = Judge(think, answer, path.Split('|'), path.Split('|')[^1]);
        Assert.False(verdict.Success);
        Assert.StartsWith(reason, verdict.Reason);
    }

    [Theory]
    [InlineData("Brazil", true)]
    [InlineData("<think></think><answer>Brazil</answer>", true)]
    [InlineData("<think>The picture shows Brazil.</think>Brazil", true)]
    [InlineData("<think>The picture shows Brazil.</think><answer>Brazil</answer>", false)]
    public void Judge_BrokenForm_FailsWhateverItSays(string completion, bool ended)
    {
        var verdict = GroundedSuccess.Judge(ReasoningParser.Parse(completion, ended), ["Brazil"], ["Brazil"]);
        Assert.StartsWith("form: ", verdict.Reason);
        Assert.False(verdict.Success);
    }

    [Fact]
    public void Judge_AnotherFormOfTheTarget_Succeeds() =>
        Assert.True(GroundedSuccess.Judge(Read("The picture shows the Netherlands.", "the Netherlands"), ["Holland", "Netherlands"], ["Netherlands"]).Success);

    [Fact]
    public void Judge_EmptyPath_Throws() => Assert.Throws<ArgumentException>(() => GroundedSuccess.Judge(Read("It is.", "Brazil"), ["Brazil"], []));

    [Theory]
    [InlineData("One. Two! Three? four.", "One.|Two!|Three? four.")]
    [InlineData("It is Washington D.C. is it? Yes", "It is Washington D.C. is it?|Yes")]
    [InlineData("It is St. Peter Port. Good.", "It is St. Peter Port.|Good.")]
    [InlineData("About 3.5 of them.", "About 3.5 of them.")]
    [InlineData("  ", "")]
    public void Sentences_Text_AreCutAtTheirEnds(string text, string expected) => Assert.Equal(expected, string.Join('|', Clauses.Sentences(text)));

    private static Verdict Judge(string think, string answer, string[] path, string? target = null) =>
        GroundedSuccess.Judge(Read(think, answer), [target ?? path[^1]], path);

    private static Reasoning Read(string think, string answer) => ReasoningParser.Parse($"<think>{think}</think><answer>{answer}</answer>", endedByEos: true);
}
