using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Metrics;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

public class ProbeScoresTests
{
    private static readonly ProbeCase Exact = Case("exact", ["Brazil"], "Brazil", "Japan"), Rephrased = Case("rephrase-text", ["Brazil"], "Brazil", "Japan"),
        Hop = Case("multi-hop-1", ["Brazil", "Brasília"], "Brasília", "Tokyo"), Kept = Case("locality-text", [], "Lima", null);

    private static readonly EditCase Edit = new(new("e", new("?"), "Brazil", "Note."), "visual", "strong", [Exact, Rephrased, Hop, Kept], []);

    [Fact]
    public void Of_ExactWorksAndRephrasedDoesNot_IsShallow()
    {
        var scored = Scored(("exact", Says("It is Brazil.", "Brazil")), ("rephrase-text", Says("It is Japan.", "Japan")),
            ("multi-hop-1", Says("It is Brazil. The capital of Brazil is Brasília.", "Brasília")));
        Assert.Equal((1, 0), (scored["rephrase-text"][ProbeScores.Shallow], scored["multi-hop-1"][ProbeScores.Shallow]));
        Assert.False(scored["exact"].ContainsKey(ProbeScores.Shallow));
        Assert.DoesNotContain(ProbeScores.Shallow,
            (IDictionary<string, double>)Scored(("exact", Says("It is Japan.", "Brazil")), ("rephrase-text", Says("It is Japan.", "Japan")))["rephrase-text"]);
    }

    [Fact]
    public void Of_BrokenFormWhereTheBaseKeepsIt_IsCollapse()
    {
        var scored = Scored(("exact", "Brazil"), ("rephrase-text", Says("It is Brazil.", "Brazil")));
        Assert.Equal((1, 0, 0), (scored["exact"][ProbeScores.Collapse], scored["exact"][GroundedSuccess.Id], scored["rephrase-text"][ProbeScores.Collapse]));
        Assert.Equal(1, scored["exact"][StringMetrics.Cem.Id]);                                      // the answer is there, the form is not
        Assert.Equal(0, ProbeScores.Of(Record("exact", "Brazil"), Exact, Record("exact", "Japan"))[ProbeScores.Collapse]);   // nor was it before
    }

    [Theory]
    [InlineData("The note says Brazil, but the picture shows Japan.", "Japan", 1)]
    [InlineData("The picture shows Japan.", "Japan", 1)]
    [InlineData("The note says Brazil.", "Japan", 0)]
    [InlineData("The note says Brazil, but the picture shows Japan.", "Peru", 0)]
    public void Of_OldAnswerAndAChainThatTurnsTheEditDown_IsDissonance(string think, string answer, double dissonance) =>
        Assert.Equal(dissonance, Scored(("exact", Says(think, answer)))["exact"][ProbeScores.Dissonance]);

    [Fact]
    public void Of_MultiHop_AsksForTheEntitiesOnTheWay()
    {
        Assert.Equal((1, 0), Usage("It is Brazil. The capital is Lima."));
        Assert.Equal((1, 1), Usage("It is Brazil. The capital of Brazil is Brasília."));
        Assert.Equal((0, 0), Usage("The capital is Brasília."));
        Assert.Equal((0, 0), Usage("The note says Brazil, but the picture shows Japan. The capital of Japan is not Brasília."));
        (double, double) Usage(string think) => Scored(("multi-hop-1", Says(think, "Lima")))["multi-hop-1"] is var s
            ? (s[ProbeScores.IntermediateEntityUsage], s[ProbeScores.EntityUsage]) : default;
        Assert.DoesNotContain(ProbeScores.IntermediateEntityUsage, (IDictionary<string, double>)Scored(("exact", Says("It is Brazil.", "Brazil")))["exact"]);
    }

    [Fact]
    public void Of_Locality_ComparesWithTheUntouchedModelAndNotWithTheTruth()
    {
        Assert.Equal(1, Scored(("locality-text", Says("a", "Quito")))["locality-text"][ProbeScores.EditIndependence]);
        Assert.Equal(0, Scored(("locality-text", Says("a", "Lima")))["locality-text"][ProbeScores.EditIndependence]);
        var now = Record("locality-text", Says("a", "Quito")) with { Forced = [[1, 2], [3, 4]] };
        var then = Record("locality-text", Says("a", "Quito")) with { Forced = [[1, 9], [4, 3]] };
        Assert.Equal(0.25, ProbeScores.Of(now, Kept, then)[LogitLocality.TopKId(2)]);
    }

    [Fact]
    public void Score_SavedRecords_GivesTheSameMetricsWithoutAModel()
    {
        ProbeRecord[] records = [Record("exact", Says("It is Brazil.", "Brazil")), Record("rephrase-text", "x")];
        var scored = EvaluationRun.Score(records, [Edit]);
        Assert.Equal((1, 1), (scored[0].Metrics[GroundedSuccess.Id], scored[1].Metrics[ProbeScores.Shallow]));
        Assert.Contains("'other'", Assert.Throws<InvalidDataException>(() => EvaluationRun.Score([records[0] with { Edit = "other" }], [Edit])).Message,
            StringComparison.Ordinal);
        Assert.Contains("'nowhere'", Assert.Throws<InvalidDataException>(() => EvaluationRun.Score([records[0] with { Probe = "nowhere" }], [Edit])).Message,
            StringComparison.Ordinal);
    }

    private static Dictionary<string, SortedDictionary<string, double>> Scored(params (string Level, string Output)[] said) =>
        ProbeScores.Of([.. said.Select(s => Record(s.Level, s.Output))], Edit,
            Edit.Probes.ToDictionary(p => p.Id, p => Record(p.Level, Says("It is so.", p.IsLocality ? "Quito" : p.OldAnswer!))))
            .ToDictionary(record => record.Level, record => record.Metrics);

    private static string Says(string think, string answer) => $"<think>{think}</think><answer>{answer}</answer>";

    private static ProbeRecord Record(string level, string output) =>
        new("e", $"e/{level}", level, "visual", "strong", 1, "", [], output, null, null, true, 1, null, 1, []);

    private static ProbeCase Case(string level, string[] path, string target, string? old) =>
        new($"e/{level}", level, new("?"), [target], path, "Brazil", old, []) { OldBeliefs = ["Japan"] };
}
