using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Grounding;
using Xunit.Abstractions;

namespace Crane.Core.Tests.Evaluation.Grounding;

public class JudgedChainTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("dev", 0.97, 0.97)]
    [InlineData("held-out", 0.5, 0.5)]
    public void Grounded_OnJudgedChains_AgreesWithTheReader(string split, double precision, double recall)
    {
        var chains = JudgedChain.Shipped().Where(c => c.Split == split).ToList();
        var measured = JudgedChain.Measure(chains, Judge);
        output.WriteLine($"{split}: precision {measured.Precision:f3}, recall {measured.Recall:f3} of {chains.Count}");
        foreach (var wrong in chains.Where(c => split == "dev" && Judge(c) != c.Grounded)) output.WriteLine($"{wrong.Id} {wrong.Grounded} {wrong.Think} :: {GroundedSuccess.Grounded(wrong.Think, wrong.Path, wrong.Injected, wrong.Old).Reason}");
        Assert.True(measured.Precision >= precision && measured.Recall >= recall, $"{split}: precision {measured.Precision:f3}, recall {measured.Recall:f3}");
    }

    private static bool Judge(JudgedChain c) => GroundedSuccess.Grounded(c.Think, c.Path, c.Injected, c.Old).Success;
}
