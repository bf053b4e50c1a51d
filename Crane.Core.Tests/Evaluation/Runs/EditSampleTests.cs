using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

public class EditSampleTests
{
    private static readonly IReadOnlyList<BenchmarkEdit> Test = BenchmarkFile.Shipped("test");
    private static readonly StrataFile Strata = StrataFile.Shipped();

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(300)]
    public void Order_CutAnywhere_GivesEveryGroupItsShare(int size)
    {
        var drawn = EditSample.Order(Test, Strata.Of).Take(size).ToList();
        Assert.Equal(size, drawn.Distinct().Count());
        foreach (var group in Test.GroupBy(edit => (edit.Kind, Strata.Of(edit))))
        {
            var share = (double)group.Count() * size / Test.Count;
            Assert.InRange(drawn.Count(edit => (edit.Kind, Strata.Of(edit)) == group.Key), share - 1.5, share + 1.5);
        }
    }

    [Fact]
    public void Order_Seed_FixesIt()
    {
        var order = EditSample.Order(Test, Strata.Of).Select(edit => edit.Id).ToList();
        Assert.Equal(Test.Select(edit => edit.Id).Order(), order.Order());
        Assert.Equal(order, EditSample.Order([.. Test.Reverse()], Strata.Of).Select(edit => edit.Id));
        Assert.NotEqual(order, EditSample.Order(Test, Strata.Of, seed: 2).Select(edit => edit.Id));
        Assert.NotEqual(order, Test.Select(edit => edit.Id));
    }

    [Fact]
    public void Sample_Larger_ContainsTheSmaller()
    {
        var set = BenchmarkSet.Shipped();
        var large = set.Sample(60).Edits;
        Assert.Equal(large.Take(25), set.Sample(25).Edits);
        Assert.Equal(Test.Count, set.Sample(null).Edits.Count);
    }
}
