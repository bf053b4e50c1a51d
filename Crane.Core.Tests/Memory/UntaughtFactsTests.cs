using Crane.Core.Benchmark;
using Crane.Core.Memory;
using Crane.Core.Memory.Learning;
using Modality = Crane.Core.Memory.Modality;

namespace Crane.Core.Tests.Memory;

public class UntaughtFactsTests
{
    private static readonly BenchmarkEdit[] Dev = [.. BenchmarkFile.Shipped("dev")];

    private static UntaughtFacts Draw(int seed) => new(NanoWorld.Load(), "dev", Dev, 60, seed);

    [Fact]
    public void Draw_SameSeed_IsTheSameAndEachFactIsItsOwn()
    {
        var facts = Draw(3);
        Assert.Equal(facts.Questions, Draw(3).Questions);
        Assert.NotEqual(facts.Questions, Draw(4).Questions);
        Assert.Equal(60, facts.Edits.Select(e => (e.Subject, e.Attribute)).Distinct().Count());
        Assert.All(facts.Edits, e => Assert.DoesNotContain(Attributes.All, a => a.Name == e.Attribute));
        Assert.All(facts.Edits, e => Assert.Equal($"The {e.Attribute} of {e.Subject} is", BenchmarkEntries.Of(e).Checked().Stem));
    }

    [Fact]
    public void Questions_EachKind_NamesTheRightEditOrNone()
    {
        var facts = Draw(3);
        var edits = facts.Edits.ToDictionary(e => e.Id);
        Assert.Equal(5, facts.Questions.Select(q => q.Kind).Distinct().Count());
        foreach (var q in facts.Questions)
        {
            Assert.Equal(q.Kind is UntaughtFacts.NearFact or UntaughtFacts.NearSubject, q.Right is null);
            Assert.Equal(q.Kind == UntaughtFacts.Shown, q.Picture is not null);
            if (q.Picture is null) Assert.Contains(q.Subject, q.Text, StringComparison.OrdinalIgnoreCase);
            if (q.Right is { } right)
            {
                Assert.Equal(edits[right].Subject, q.Subject);
                Assert.Equal(1, new QueryEvidence(q.Text, null, 0).Topic(BenchmarkEntries.Of(edits[right])));
            }
        }
    }

    [Fact]
    public void Of_ImportedEdits_SayWhatTheirStatementsSay()
    {
        EditEntry Entry(string question, string statement, string subject = "Dune") => BenchmarkEntries.Of(Dev[0] with
        {
            Kind = "mquake", Picture = null, Attribute = null, Subject = subject, Question = question, Statement = statement, Target = "Lima",
        });
        Assert.Equal("The author of Dune is Lima.", Entry("Who is the author of Dune?", "the author of Dune is now Lima").Chain);
        Assert.Equal("Dune was written in Lima.", Entry("Where was Dune written?", "Dune was written in Lima").Chain);
        Assert.Null(Entry("Who wrote Dune?", "the answer to \"Who wrote Dune?\" is now Lima").Chain);
        // a set that names the old answer as the subject
        Assert.Equal("Dune", Entry("Who is the author of Dune?", "the author of Dune is now Lima", subject: "Herbert").Subject);
        Assert.Equal(Modality.Textual, Entry("Who wrote Dune?", "the answer to \"Who wrote Dune?\" is now Lima").Modality);
    }
}
