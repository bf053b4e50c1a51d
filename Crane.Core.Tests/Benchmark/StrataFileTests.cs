using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;

namespace Crane.Core.Tests.Benchmark;

[Collection(nameof(Torch))]
public sealed class StrataFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Path => System.IO.Path.Combine(folder, "strata.jsonl");

    [Fact]
    public void Shipped_Strata_CoverEveryEditAndComeFromTheShippedBase()
    {
        var strata = StrataFile.Shipped();
        foreach (var edit in ((string[])["train", "dev", "test"]).SelectMany(BenchmarkFile.Shipped))
            Assert.Contains(strata.Of(edit), (string[])["none", "weak", "strong"]);
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        Assert.Equal(WeightHash.Of(model.Model), strata.Origin.Model);
    }

    [Fact]
    public void Measure_Again_GivesTheShippedNumbersWhateverTheBatch()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var strata = StrataFile.Shipped();
        var edits = BenchmarkFile.Shipped("test").Where((e, i) => i % 90 == 0).ToList();   // of every kind, known and unknown
        var measured = new ConvictionMeasure(model, new(), strata.Origin.Samples, strata.Origin.Seed, batchSize: 5).Of(edits);
        var shipped = strata.Convictions.ToDictionary(c => c.Edit);
        Assert.All(measured, m => Assert.Equal((shipped[m.Edit].OldShare, shipped[m.Edit].Greedy), (m.OldShare, m.Greedy)));
        Assert.All(measured, m => Assert.Equal(shipped[m.Edit].OldProbability, m.OldProbability, 2e-4));
    }

    [Fact]
    public void Write_Strata_ComeBack()
    {
        var strata = new StrataFile(new("h", 3, 4, 1, new(WeakShare: 0.5)), [new("a", 1, 0.95, "x"), new("b", 0.5, 0.3, "ä"), new("c", 0.25, 1, "")]);
        strata.Write(Path);
        var back = StrataFile.Read(Path);
        Assert.Equal(strata.Origin, back.Origin);
        Assert.Equal(["strong", "weak", "none"], ((string[])["a", "b", "c"]).Select(id => back.Of(BenchmarkFile.Shipped("dev")[0] with { Id = id })));
        Assert.Throws<KeyNotFoundException>(() => back.Of(BenchmarkFile.Shipped("dev")[0]));
    }

    [Theory]
    [InlineData("\"old_share\":1,", "", "line 2")]
    [InlineData("\"old_share\":1,", "\"old_share\":1.5,", "line 2: old_share")]
    [InlineData("\"edit\":\"b\"", "\"edit\":\"a\"", "'a' stands twice")]
    [InlineData("\"samples\"", "\"count\"", "line 1")]
    public void Read_Damaged_IsNamed(string from, string to, string message)
    {
        new StrataFile(new("h", 3, 4, 1, new()), [new("a", 1, 0.95, "x"), new("b", 0.5, 0.3, "y")]).Write(Path);
        File.WriteAllText(Path, File.ReadAllText(Path).Replace(from, to));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => StrataFile.Read(Path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
