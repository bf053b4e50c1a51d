using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests.Evaluation.Runs;

public class RetrievalColumnsTests
{
    private static readonly IReadOnlyList<BenchmarkEdit> All = BenchmarkFile.Shipped("test");
    private static readonly RetrievalColumns Columns = new(All);

    [Fact]
    public void Entries_Gold_AreTheEditsOfTheProbe() =>
        Assert.All(All.SelectMany(e => e.Probes), probe => Assert.Equal(probe.EditIds, Columns.Entries(RetrievalColumns.Gold, probe.Id).Select(e => e.Id)));

    [Fact]
    public void Entries_None_AreNone() => Assert.Empty(Columns.Entries(RetrievalColumns.None, All[0].Probes[0].Id));

    [Fact]
    public void Entries_Adversarial_LeaveEveryGoldAnswerAsItIs()
    {
        // A checker that knows only the world and the sentences answers every probe with and without the wrong entry.
        var walker = new GoldWalker(World.Load());
        var probes = All.SelectMany(e => e.Probes).ToList();
        var byId = All.ToDictionary(e => e.Id);
        var forced = 0;
        foreach (var probe in probes)
        {
            var entries = Columns.Entries(RetrievalColumns.Adversarial, probe.Id);
            var wrong = Assert.Single(entries, entry => !probe.EditIds.Contains(entry.Id));
            string[] path = [.. walker.Walk(probe, ProbeLevels.IsLocality(probe.Level) ? [] : entries.Where(e => e != wrong).Select(e => e.Statement))];
            Assert.Equal(path, walker.Walk(probe, ProbeLevels.IsLocality(probe.Level) ? [wrong.Statement] : entries.Select(e => e.Statement)));
            if (byId[probe.EditIds[0]].Neighbours.Contains(wrong.Subject)) forced++;
        }
        Assert.True(forced > 0.85 * probes.Count, $"Only {forced} of {probes.Count} wrong entries are about a near neighbour.");
    }

    [Fact]
    public void Entries_Adversarial_StandBeforeAndAfterTheRightOneAlike()
    {
        var single = All.SelectMany(e => e.Probes).Where(p => p.EditIds.Length == 1).ToList();
        var first = single.Count(p => Columns.Entries(RetrievalColumns.Adversarial, p.Id)[0].Id != p.EditIds[0]);
        Assert.InRange((double)first / single.Count, 0.47, 0.53);
    }

    [Fact]
    public void InFront_Statements_AreTheNotesOfTheBase()
    {
        var entries = All.Where(e => e.Id is "test-flag-0449" or "test-attribute-0001").ToList();
        var notes = Note.Join(entries.Select(e => e.Statement.Contains(" now shows ") ? e.Statement.Split(" now shows ") is var v ? Note.Shows(v[0], v[1])
            : null! : new Note(e.Statement.Split(" is now ")[0], "is now", e.Statement.Split(" is now ")[1])));
        Assert.Equal(notes + "Why?", RetrievalColumns.InFront(new("Why?"), entries).Text);
        Assert.Equal("Why?", RetrievalColumns.InFront(new("Why?"), []).Text);
    }

    [Fact]
    public void Entries_RealOrUnknown_AreRefused()
    {
        Assert.Contains("retriever", Assert.Throws<ArgumentException>(() => Columns.Entries(RetrievalColumns.Real, All[0].Probes[0].Id)).Message,
            StringComparison.Ordinal);
        Assert.Contains("nowhere/01", Assert.Throws<KeyNotFoundException>(() => Columns.Entries(RetrievalColumns.Gold, "nowhere/01")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Method_Real_ChoosesAmongTheEditsInForce()
    {
        var cases = BenchmarkCases.Of(All.Take(2), All, new(), _ => Strata.Strong);
        var method = Columns.Method("rag", (_, inForce) => [.. inForce.Skip(1).Select(e => new RetrievedEntry(e.Id, 0.5))]);
        method.Editor!.Apply([.. cases.Select(c => c.Edit)]);
        var prompted = method.Prompt(cases[0].Probes[0], cases[0]);
        Assert.Equal(new RetrievedEntry(All[1].Id, 0.5), Assert.Single(prompted.Entries));
        Assert.StartsWith($"Note: {All[1].Statement}. ", prompted.Question.Text, StringComparison.Ordinal);
    }
}
