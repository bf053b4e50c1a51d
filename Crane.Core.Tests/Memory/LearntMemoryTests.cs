using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Memory;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;
using Modality = Crane.Core.Memory.Modality;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public sealed class LearntMemoryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-learnt").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static EditEntry Entry(string id) => EditLibraryTests.Capital(id, "Japan", id);

    [Fact]
    public async Task LookUp_ShippedMemory_ComposesAndKeepsOutWhatDoesNotApply()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        using var learnt = LearntMemory.Load();
        var (pictures, edits) = (new BenchmarkPictures(), BenchmarkFile.Shipped("test"));
        var visual = edits.Where(e => e is { Kind: "flag", Series: 0, Expected: null }).Take(6).ToList();
        var library = new EditLibrary();
        var memory = learnt.Over(library, model);
        await BenchmarkEntries.AddAsync(memory, [.. visual, .. visual.Select(e => edits.Single(p => p.Id == e.PartnerOf)).Distinct()], pictures);
        var composed = visual.Select(e => e.Probes.Single(p => p.Level == ProbeLevels.Composition)).ToList();
        var found = await memory.LookUpAsync([.. composed.Select(p => new MemoryQuestion(p.Question, pictures.Load(p.Picture!)))]);
        foreach (var (probe, lookUp) in composed.Zip(found)) Assert.Equal(probe.EditIds, lookUp.Brought.Select(e => e.Id));
        var spared = visual.SelectMany(e => e.Probes.Where(p => p.Level is ProbeLevels.LocalityText))
            .Where(p => visual.All(v => !p.Question.Contains(v.Subject))).ToList();
        foreach (var lookUp in await memory.LookUpAsync([.. spared.Select(p => new MemoryQuestion(p.Question))]))
            Assert.DoesNotContain(lookUp.Brought, e => e.Modality is Modality.Visual);
    }

    [Fact]
    public void Load_DamagedOrForeignGates_NamesTheFile()
    {
        using (var learnt = LearntMemory.Load())
        {
            learnt.Save(folder);
            using var again = LearntMemory.Load(folder);
            Assert.Equal(learnt.Visual.Threshold, again.Visual.Threshold);
            Assert.Equal(learnt.Textual.Scorer.Weights, again.Textual.Scorer.Weights);
            Assert.Equal(learnt.Textual.Unread!.Weights, again.Textual.Unread!.Weights);
        }
        var gates = Path.Combine(folder, "gates.json");
        File.WriteAllText(gates, Regex.Replace(File.ReadAllText(gates), @"(?<=""unread"":){.*?}", "null"));   // as gates without this scorer had it
        Assert.Contains("unread textual scorer has 0 weights", Assert.Throws<InvalidDataException>(() => LearntMemory.Load(folder)).Message);
        File.WriteAllText(gates, "{\"visual\":");
        Assert.Contains(gates, Assert.Throws<InvalidDataException>(() => LearntMemory.Load(folder)).Message);
        File.Delete(gates);
        Assert.Throws<FileNotFoundException>(() => LearntMemory.Load(folder));
    }

    [Fact]
    public void WithoutRight_RemainingCandidates_HaveTheirOwnMargins()
    {
        var example = new GateExample([new(Entry("a"), 0.9, 0.2, 3), new(Entry("b"), 0.7, -0.2, 1), new(Entry("c"), 0.4, -0.5)], "a");
        var left = GateExamples.WithoutRight(example);
        Assert.Null(left.Right);
        Assert.Equal(["b", "c"], left.Candidates.Select(c => c.Entry.Id));
        Assert.Equal(0.3, left.Candidates[0].Margin, 1e-12);
        Assert.Equal(Math.Log(2), left.Candidates[0].WordMargin, 1e-12);
        Assert.Equal(1, GateExamples.WithoutRight(left with { Right = "b" }).Candidates[0].Margin);
    }

    [Fact]
    public void Score_ReadAndUnreadEntries_HaveTheirOwnScorer()
    {
        var (read, unread) = (new Candidate(Entry("a") with { Reading = "The capital of Japan is" }, 0.9, 0.2), new Candidate(Entry("b"), 0.9, 0.2));
        LogisticScorer Constant(Candidate of, double bias)
        {
            var n = of.Features.Length;
            return new(new double[n], [.. Enumerable.Repeat(1.0, n)], new double[n], bias);
        }
        var gate = new LearntGate(Constant(read, 1), Constant(unread, -1), 0.5, 0, 0.02, []);
        Assert.Equal((true, false), (gate.Score(read) > 0.5, gate.Score(unread) > 0.5));
        Assert.Equal("a", gate.Gate().Decide([read, unread]).Entry?.Id);
        var example = new GateExample([read, unread], "a");
        Assert.Equal(["b"], GateExamples.Only(example, unread: true).Candidates.Select(c => c.Entry.Id));
        Assert.Equal(["a"], GateExamples.Only(example, unread: false).Candidates.Select(c => c.Entry.Id));
    }

    [Fact]
    public void WithUnread_MixedQueries_BringsBothKindsWithinOneRate()
    {
        const double rate = 0.05;
        // of a read entry the cosine decides, and in one query of a hundred it lies falsely above 0.5
        LabelledQuery Query(Random random, int i)
        {
            var right = i % 4 < 2;   // every second group is fitted to, so both halves have both
            Candidate[] found = [new(Entry("r") with { Reading = "The capital of Japan is" }, 0.505 * random.NextDouble(), 0),
                new(Entry("u"), random.NextDouble(), 0) { Named = 1, Topic = right ? 1 : random.NextDouble(), Whole = right ? 1 : 0 }];
            return new(Modality.Textual, $"g{i}", "k", new(Candidate.Compared(found), right ? "u" : null));
        }
        LabelledQuery[] Draw(int seed)
        {
            var random = Seeds.Random(seed);
            return [.. Enumerable.Range(0, 800).Select(i => Query(random, i))];
        }
        var size = Draw(1)[0].Example.Candidates[0].Features.Length;
        var read = new LogisticScorer(new double[size], [.. Enumerable.Repeat(1.0, size)], [10, .. new double[size - 1]], -5);
        var gate = MemoryRecipe.WithUnread(new(read, null, 0.5, 0, rate, []), Draw(1));
        var score = LibraryScore.Of(Draw(2), gate.Gate());
        Assert.True(score.Through > 0.9 * score.Matched, $"{score}");
        Assert.InRange(score.False, 1, 1.6 * rate * score.Unmatched);   // more than two standard errors of calibration and test
        Assert.Throws<InvalidOperationException>(() => MemoryRecipe.WithUnread(new(read, null, 0.1, 0, rate, []), Draw(1)));
    }

    [Fact]
    public void Score_HandMadeQueries_CountsEachCase()
    {
        LabelledQuery Query(string? right, params Candidate[] candidates) => new(Modality.Textual, "g", "k", new(candidates, right));
        var score = LibraryScore.Of([Query("a", new(Entry("a"), 0.9, 0.1), new(Entry("b"), 0.8, -0.1)),
            Query("a", new(Entry("a"), 0.3, -0.4), new(Entry("b"), 0.7, 0.4)), Query(null, new Candidate(Entry("a"), 0.2, 1))], new Gate(Gate.Cosine, 0.5));
        Assert.Equal(new LibraryScore(Matched: 2, First: 1, Through: 1, Wrong: 1, Unmatched: 3, False: 2), score);
    }

    [Fact]
    public void Right_SentenceOrQuestion_FindsTheEditThatOverwritesIt()
    {
        var edits = BenchmarkFile.Shipped("test").Where(e => e.Picture is null).ToList();
        var edit = edits.First(e => e.Kind == "attribute");
        var other = edits.First(e => e.Subject == edit.Subject && e.Attribute != edit.Attribute);
        Assert.Equal(edit.Id, BenchmarkEntries.Right(edits, edit.Question, "The garbled of X is Y.", alone: true)?.Id);
        Assert.Equal(other.Id, BenchmarkEntries.Right(edits, edit.Question, $"The {other.Attribute} of {other.Subject} is x.", alone: false)?.Id);
        Assert.Null(BenchmarkEntries.Right(edits, "What is the capital of Atlantis?", "The capital of Atlantis is x.", alone: true));
        Assert.Equal("flag BOL", BenchmarkEntries.Thing(new("flags/twemoji/BOL.png")));
        Assert.Equal("landmark burj-khalifa", BenchmarkEntries.Thing(new("landmarks/burj-khalifa-1.webp")));
    }
}
