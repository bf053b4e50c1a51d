using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;

namespace Crane.Core.Tests.Evaluation.Tables;

public sealed class ReproductionTests
{
    private static readonly SummaryLine Line =
        new("ft", "single", "none", "all", "strong", "all", GroundedSuccess.Id, 0.25, 0.1, 0.4, 40, 20, [1], "abc", "here", 1);

    [Theory]
    [InlineData(0.2, 0.3, 0.5, true, true)]      // each mean lies in the other's interval
    [InlineData(0.3, 0.45, 0.6, true, false)]    // only the intervals overlap
    [InlineData(0.4, 0.5, 0.6, true, false)]     // they touch
    [InlineData(0.41, 0.5, 0.6, false, false)]   // apart, above
    [InlineData(0, 0.05, 0.09, false, false)]    // apart, below
    public void Number_AgreesWhereIntervalsOverlap(double low, double mean, double high, bool agrees, bool within)
    {
        var number = Assert.Single(new Reproduction([Line with { Low = low, Mean = mean, High = high }], [Line]).Numbers);
        Assert.Equal((agrees, within), (number.Agrees, number.IsWithinBoth));
        var turned = new ReproducedNumber(number.Shipped, number.Made);
        Assert.Equal((agrees, within), (turned.Agrees, turned.IsWithinBoth));
    }

    [Fact]
    public void Markdown_NamesFiguresOfTheTableWhatIsApartElsewhereAndWhatIsNotMade()
    {
        SummaryLine apart = Line with { Low = 0.5, Mean = 0.6, High = 0.7 }, cost = Line with { Metric = RunCosts.EditSeconds, Level = "all", Stratum = "all" };
        var reproduction = new Reproduction(
            [Line, apart with { Modality = "visual" }, Line with { Modality = "textual" }, apart with { Stratum = "none", Retrieval = "gold" }, cost],
            [Line, Line with { Modality = "visual" }, Line with { Modality = "textual" }, cost, Line with { Method = "wise" }]);
        var text = reproduction.Markdown();
        Assert.StartsWith("2 of 3 numbers agree with the shipped ones", text, StringComparison.Ordinal);   // neither the cost nor what only one has
        Assert.Contains("| FT, single, none | 20 | 20 | 3 | 2 | 2 |", text, StringComparison.Ordinal);
        Assert.Contains("| FT, single, none | GS, strong | 25.0 [10.0, 40.0] | 25.0 [10.0, 40.0] | yes | 0.0 |", text, StringComparison.Ordinal);
        Assert.Contains($"| {GroundedSuccess.Id}; all, strong, visual | 60.0 [50.0, 70.0] | 25.0 [10.0, 40.0] | **no** | +35.0 |", text,
            StringComparison.Ordinal);
        Assert.DoesNotContain("textual", text, StringComparison.Ordinal);
        Assert.EndsWith("Not made: WISE, single, none.\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Reproduction_OfTheShippedResults_AgreesInEveryNumber()
    {
        var shipped = ResultsFile.Shipped();
        var reproduction = new Reproduction(shipped, shipped);
        Assert.NotEmpty(reproduction.Numbers);
        Assert.All(reproduction.Numbers, number => Assert.True(number.IsWithinBoth));
        Assert.Empty(reproduction.NotMade);
    }
}
