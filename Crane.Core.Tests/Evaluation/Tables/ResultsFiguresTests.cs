using System.Text.Json;
using Crane.Core.Benchmark;
using Crane.Core.Display;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;

namespace Crane.Core.Tests.Evaluation.Tables;

public sealed class ResultsFiguresTests
{
    [Fact]
    public void OneOfAMethod_SeveralRetrievals_TakesGoldAndKeepsTheOrder()
    {
        TableRow[] rows = [new("base", "single", "none", []), new("rag", "single", "real", []), new("crane-sft", "single", "none", []),
            new("crane-sft", "single", "gold", [])];
        Assert.Equal([("base", "none"), ("rag", "real"), ("crane-sft", "gold")], ResultsFigures.OneOfAMethod(rows).Select(r => (r.Method, r.Retrieval)));
    }

    [Fact]
    public void Retrieval_CurvesAndGates_AreInPerCentAndALibraryHasOneColour()
    {
        RetrievalCurve[] curves = [new("visual", "m", 0.99, 10, 10, 0.9, 0.05, [[0, 0], [0.01, 0.8], [1, 1]], "c"),
            new("textual", "m", 0.98, 10, 10, 0.8, 0.02, [[0, 0.1], [0.1, 0.9], [1, 1]], "c")];
        var figure = ResultsFigures.Retrieval(curves, "t");
        Assert.Equal(["visual (area 0.990)", "textual (area 0.980)", "gate, visual", "gate, textual"], figure.Curves.Select(c => c.Name));
        Assert.Equal([1, 100], figure.Curves[0].X);                         // 0 has no place on a logarithmic axis
        Assert.Equal((5, 90), (figure.Curves[2].X[0], figure.Curves[2].Y[0]));
        Assert.Equal((figure.Hues![0], figure.Hues[1]), (figure.Hues[2], figure.Hues[3]));
        Assert.NotEqual(figure.Hues[0], figure.Hues[1]);
    }

    [Fact]
    public void Rewards_RunningMean_IsOfTheStepsSoFar()
    {
        var figure = ResultsFigures.Rewards([new("r", [1, 2, 3, 4], [0.0, 1, 0, 1])], "t", window: 2);
        Assert.Equal([0, 0.5, 0.5, 0.5], figure.Curves[0].Y);
    }

    [Fact]
    public void Study_ItsVariants_AreBarsWithWhatWasMeasured()
    {
        AblationLine Line(string variant, string metric, string stratum, double mean) => new("s", "Does it?", variant, metric, stratum, "all", mean, mean, mean,
            null, null, null, 9, 3, "0123456789ab", 1, "c", "m", 1);
        var figure = ResultsFigures.Study([Line("as it is", GroundedSuccess.Id, "all", 0.7), Line("as it is", GroundedSuccess.Id, Strata.Strong, 0.9),
            Line("worse", GroundedSuccess.Id, Strata.Strong, 0.5), Line("worse", ProbeScores.EditIndependence, "all", 0.25)]);
        Assert.Equal(["as it is", "worse"], figure.Categories);
        Assert.Equal(["GS, strong", "independence"], figure.Groups.Select(g => g.Name));
        Assert.Equal([90, 50], figure.Groups[0].Values);
        Assert.Equal([double.NaN, 25], figure.Groups[1].Values);
        Assert.NotEmpty(figure.Png);
    }

    [Fact]
    public void Cost_FreeEdits_HaveNoPlaceOnALogarithmicAxis()
    {
        SummaryLine Line(string method, string metric, string stratum, double mean) => new(method, "single", "none", "all", stratum, "all", metric, mean, mean,
            mean, 1, 1, [1], "c", "m", 1);
        TableRow Row(string method, double bytes) => new(method, "single", "none", [Line(method, GroundedSuccess.Id, Strata.Strong, 0.5),
            Line(method, RunCosts.BytesPerEdit, "all", bytes)]);
        var column = TableColumns.Success.Single(c => c.Stratum == Strata.Strong);
        var figure = ResultsFigures.Cost([Row("ft", 1000), Row("ike", 0), Row("crane-sft", 50)], column,
            TableColumns.Neighbours.Single(c => c.Metric == RunCosts.BytesPerEdit), "t", "bytes");
        Assert.Equal(["CRANE-SFT, none", "FT"], figure.Points.SelectMany(p => p.Labels!).Order());
        using var json = JsonDocument.Parse(figure.Json);
        Assert.Equal([Palette.Of(0), Palette.Of(1)], json.RootElement.GetProperty("data").EnumerateArray()
            .Select(trace => trace.GetProperty("marker").GetProperty("color").GetString()));
    }
}
