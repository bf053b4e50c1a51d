using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Memory;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;

namespace Crane.Core.Tests.Evaluation.Runs;

[Collection(nameof(Torch))]
public sealed class RealRetrievalTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-real").FullName;
    private readonly VisionLanguageModel model = VisionLanguageModel.Load(DataFolder.Of("nano"));
    private readonly LearntMemory learnt = LearntMemory.Load();

    public void Dispose()
    {
        learnt.Dispose();
        model.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Three edited flags that the base knows, and the textual edits that their compositions need.</summary>
    private static BenchmarkSet Set()
    {
        var file = BenchmarkFile.Shipped("test");
        var visual = file.Where(e => e is { Kind: "flag", Series: 0, Expected: null, Picture.Degradation: null }).Take(3).ToList();
        return new([.. visual, .. visual.Select(v => file.Single(e => e.Id == v.PartnerOf)).Distinct()], visual, _ => "strong");
    }

    private static IReadOnlyList<EditCase> Few(BenchmarkSet set, RunConfig config) =>
        [.. set.Cases(config).Select(c => c with { Probes = [.. c.Probes.GroupBy(p => p.Level).Select(level => level.First())] })];

    private async Task<IReadOnlyDictionary<string, ProbeLookUp>> LookUp(BenchmarkSet set, RunConfig config, IReadOnlyList<EditCase>? cases = null) =>
        await new RealRetrieval(learnt, model, set, config).LookUpAsync(cases ?? Few(set, config), folder);

    [Fact]
    public async Task LookUp_SingleEdits_SearchesTheWholeLibraryAndRecordsWhatItDid()
    {
        var set = Set();
        var cases = Few(set, RunConfig.Single);
        var found = await LookUp(set, RunConfig.Single);
        var reach = new EditReach(set.All);
        var probes = set.Edits.SelectMany(e => e.Probes).ToDictionary(p => p.Id);
        foreach (var (id, lookUp) in found)
        {
            var others = set.All.Where(e => !probes[id].EditIds.Contains(e.Id) && reach.Reaches(e, probes[id])).Select(e => e.Id).ToList();
            Assert.Equal(set.All.Count - others.Count, lookUp.Entries);
            Assert.DoesNotContain(lookUp.Brought, entry => others.Contains(entry.Id));
            Assert.Equal(lookUp.Steps.Select(s => s.Brought).OfType<string>().Distinct(), lookUp.Brought.Select(e => e.Id));
            Assert.All(lookUp.Steps, step => Assert.Contains($"'{step.Found}'", step.Why));
        }
        Assert.All(cases, c => Assert.Equal([c.Edit.Id], found[c.Probes[0].Id].Brought.Select(e => e.Id)));   // the exact probe
        var method = new RealRetrieval(learnt, model, set, RunConfig.Single).Method("rag", found, RetrievalColumns.Notes);
        var prompted = method.Prompt(cases[0].Probes[0], cases[0]);
        Assert.StartsWith(BenchmarkCases.Note(set.Edits[0]), prompted.Question.Text);
        Assert.Equal([set.Edits[0].Id], prompted.Entries.Select(e => e.Id));
        Assert.Equal(RetrievalColumns.Real, method.Retrieval);
    }

    [Fact]
    public async Task Costs_UnderRealRetrieval_CountTheMemory()
    {
        var (set, real) = (Set(), new RealRetrieval(learnt, model, Set(), RunConfig.Single));
        var cases = Few(set, RunConfig.Single);
        var method = real.Method("rag", await real.LookUpAsync(cases, folder), RetrievalColumns.Notes);
        var costs = RunCosts.Measure(model, method, cases, folder, edits: 2);
        var free = RunCosts.Measure(model, method with { MemorySeconds = null }, cases, Path.Combine(folder, "free"), edits: 2);
        double Mean(CostLine[] of, string metric) => of.Single(cost => cost.Metric == metric).Values.Average();
        Assert.True(Mean(costs, RunCosts.EditSeconds) > 0);
        Assert.Equal(0, Mean(free, RunCosts.EditSeconds));
        var lookUp = cases.Average(c => method.MemorySeconds!(c).LookUp);
        Assert.True(lookUp > 0.001, $"a look-up reads the question, which takes more than {lookUp} s");
    }

    [Fact]
    public async Task Readings_ThatAreKept_AreMadeOnce()
    {
        var (kept, question) = (new KnownReadings(model, keeps: true), new ReadingRequest("What is the capital of Chad?", null));
        var first = (await kept.ReadAsync([question]))[0];
        await kept.PrepareAsync([]);
        Assert.Same(first, (await kept.ReadAsync([question, question]))[1]);
        var forgetful = new KnownReadings(model);
        await forgetful.PrepareAsync([question]);
        var prepared = (await forgetful.ReadAsync([question]))[0];
        await forgetful.PrepareAsync([]);
        Assert.NotSame(prepared, (await forgetful.ReadAsync([question]))[0]);
    }

    [Fact]
    public async Task LookUp_SequentialGroups_SearchTheirOwnEditsAlone()
    {
        var set = Set();
        var found = await LookUp(set, RunConfig.Sequential(2));
        var cases = Few(set, RunConfig.Sequential(2));
        Assert.Equal([2, 2, 1], cases.Select(c => found[c.Probes[0].Id].Entries));
    }

    [Fact]
    public async Task LookUp_LogCutOrForeign_GoesOnOrSaysSo()
    {
        var (set, log) = (Set(), Path.Combine(folder, RealRetrieval.LookUpsFile));
        await LookUp(set, RunConfig.Single);
        var whole = File.ReadAllBytes(log);
        File.WriteAllBytes(log, whole[..(whole.Length / 2)]);
        await LookUp(set, RunConfig.Single);
        Assert.Equal(whole, File.ReadAllBytes(log));
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => LookUp(set, RunConfig.Single, [.. Few(set, RunConfig.Single).Reverse()]));
        Assert.Contains("line 1", error.Message);
    }
}
