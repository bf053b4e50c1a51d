using Crane.Core.Memory;

namespace Crane.Core.Tests.Memory;

public class QueryEvidenceTests
{
    private static EditEntry Capital(string id, string country) =>
        EditLibraryTests.Capital(id, country, "Lima") with { Reading = $"The capital of {country} is" };

    [Fact]
    public void Read_SentenceThatBeginsWithTheReading_IsItsConfidenceAndOtherwiseDoubt()
    {
        var said = new QueryEvidence("Which capital has Chad?", "The capital of Chad is N'Djamena.", 0.8);
        Assert.Equal((0.8, 0.0), (said.Read(Capital("a", "Chad")), said.Doubt(Capital("a", "Chad"))));
        Assert.Equal((0.0, 0.8), (said.Read(Capital("b", "Peru")), said.Doubt(Capital("b", "Peru"))));
        Assert.Equal((0.0, 0.0), (said.Read(Capital("c", "Peru") with { Reading = null }), said.Doubt(Capital("c", "Peru") with { Reading = null })));
    }

    [Fact]
    public void Named_InTheQuestionOrInWhatAnEntryPutThere_IsAWholeName()
    {
        var entry = Capital("a", "Niger");
        Assert.Equal(1, new QueryEvidence("What is the capital of Niger?", null, 0).Named(entry));
        Assert.Equal(0, new QueryEvidence("What is the capital of Nigeria?", "The capital of Niger is Niamey.", 1).Named(entry));
        Assert.Equal(1, new QueryEvidence("What is its capital?", null, 0, "The picture shows the flag of Niger.").Named(entry));
        Assert.Equal(0, new QueryEvidence("What is its capital?", null, 0, "The picture shows the flag of Nigeria.").Named(entry));
    }

    [Fact]
    public void Alike_NameSpeltAnotherWay_IsNearerThanAnotherNameOrAttribute()
    {
        var said = new QueryEvidence("Which is the capital of Kiribati?", "The capital of Kirbati is Tarawa.", 1);
        Assert.Equal(1 - 1.0 / "The capital of Kiribati is".Length, said.Alike(Capital("a", "Kiribati")), 1e-12);
        Assert.True(said.Alike(Capital("a", "Kiribati")) > said.Alike(Capital("b", "Burundi")));
        Assert.True(said.Alike(Capital("a", "Kiribati")) > said.Alike(Capital("a", "Kiribati") with { Reading = "The currency of Kiribati is" }));
        Assert.Equal(0, new QueryEvidence("Which?", null, 0).Alike(Capital("a", "Kiribati")));
    }

    [Fact]
    public void Subject_InQuestionOrSentence_IsFoundAsWholeWords()
    {
        Assert.Equal(1, new QueryEvidence("What does Papua New Guinea use?", null, 0).Subject(Capital("a", "Papua New Guinea")));
        Assert.Equal(1, new QueryEvidence("What is shown?", "The picture shows the flag of Papua New Guinea.", 0).Subject(Capital("a", "Papua New Guinea")));
        Assert.InRange(new QueryEvidence("What does Papua New Guinee use?", null, 0).Subject(Capital("a", "Papua New Guinea")), 0.9, 0.99);
        Assert.Equal(0, new QueryEvidence("Why?", null, 0).Subject(Capital("a", "Papua New Guinea")));
    }

    [Fact]
    public void Asked_FactOfTheNamedSubject_CountsItsRareWords()
    {
        double? Idf(string word) => word is "capital" or "currency" ? 2 : word == "xyz" ? null : 0.5;
        var entry = Capital("a", "Chad") with { Chain = "The capital of Chad is Lima." };
        Assert.Equal("The capital of Chad is", entry.Stem);
        Assert.Equal(2.5 / 3.5, new QueryEvidence("Name the capital, Chad!", null, 0).Asked(entry, Idf), 1e-12);   // the, capital of: the, capital, of, is
        Assert.Equal(0.5 / 3.5, new QueryEvidence("Name the currency, Chad!", null, 0).Asked(entry, Idf), 1e-12);
        Assert.Equal(0, new QueryEvidence("What is the capital of Peru?", null, 0).Asked(entry, Idf));
        // its own sentence counts
        Assert.Equal(0.7, new QueryEvidence("Which?", "The capital of Chad is X.", 0.7).Read(entry with { Reading = "The capital of Kongo is" }));
    }

    [Fact]
    public void Compared_Leads_AreOverTheBestOther()
    {
        var compared = Candidate.Compared([
            new(Capital("a", "Chad"), 0.9, 0) { Alike = 1, Subject = 0.5 },
            new(Capital("b", "Peru"), 0.7, 0) { Alike = 0.4, Subject = 0.8, Read = 0.6 },
            new(Capital("c", "Mali"), 0.8, 0) { Read = 0.3 }]);
        Assert.Equal([0.1, -0.2, -0.1], compared.Select(c => c.Margin), (x, y) => Math.Abs(x - y) < 1e-12);
        Assert.Equal([0.6, -0.6, -1], compared.Select(c => c.AlikeMargin), (x, y) => Math.Abs(x - y) < 1e-12);
        Assert.Equal([-0.3, 0.3, -0.8], compared.Select(c => c.SubjectMargin), (x, y) => Math.Abs(x - y) < 1e-12);
        Assert.Equal([0.6, 0.3, 0.6], compared.Select(c => c.ReadElsewhere));
        var alone = Candidate.Compared([compared[0]])[0];
        Assert.Equal((1, 1, 1, 0, 0), (alone.Margin, alone.AlikeMargin, alone.SubjectMargin, alone.ReadElsewhere, alone.WordMargin));
    }
}
