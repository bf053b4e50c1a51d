using Crane.Core.Memory;

namespace Crane.Core.Tests.Memory;

public class FactWordsTests
{
    private static EditEntry Fact(string what, string subject = "Chad", string question = "") => EditLibraryTests.Capital("a", subject, "Lima") with
    {
        Question = question.Length > 0 ? question : $"What is the {what} of {subject}?",
        Chain = question.Length == 0 || what.Length > 0 ? $"The {what} of {subject} is Lima." : null,
    };

    private static QueryEvidence Asks(string question) => new(question, null, 0);

    [Theory]
    [InlineData("old bridge toll", "Chad", "", "old bridge toll")]
    [InlineData("bridge", "Bridge of Sighs", "In which harbour is Bridge of Sighs?", "harbour")]
    [InlineData("", "Chad", "Please tell me which toll Chad has.", "toll")]   // without a sentence the question has the words
    [InlineData("", "What?", "What?", "what")]
    public void Of_Entry_AreTheWordsThatTellItsFact(string what, string subject, string question, string expected) =>
        Assert.Equal(expected, string.Join(' ', FactWords.Of(Fact(what, subject, question))));

    [Theory]
    [InlineData("What is the bridge toll of Chad?", 1, 1)]
    [InlineData("Which bridge toll does Chad have?", 1, 1)]
    [InlineData("In the case of Chad, which is the bridge toll?", 1, 1)]
    [InlineData("Chad's bridge toll is what?", 1, 1)]
    [InlineData("What is the old bridge toll of Chad?", 1, 0)]     // asks for more
    [InlineData("What is the bridge toll office of Chad?", 1, 0)]
    [InlineData("What is the toll bridge of Chad?", 1, 0)]         // another order
    [InlineData("Does Chad have the bridge toll Seven?", 1, 1)]    // a value follows
    [InlineData("What is the bridge of Chad?", 0.5, 0)]
    [InlineData("What is the capital of Chad?", 0, 0)]
    public void TopicAndWhole_Questions_TellTheFactFromItsNeighbours(string question, double topic, double whole) =>
        Assert.Equal((topic, whole), (Asks(question).Topic(Fact("bridge toll")), Asks(question).Whole(Fact("bridge toll"))));

    [Theory]
    [InlineData("What is the old capital of Chad?", 1)]
    [InlineData("Is Lima in Chad?", 1)]                        // names alone: nothing else is asked for
    [InlineData("What is the bridge toll of Chad?", 0)]
    [InlineData("In which harbour is Chad?", 0)]
    public void Read_QuestionThatAsksForSomethingElse_TheModelReadsPastIt(string question, double read)
    {
        var capital = EditLibraryTests.Capital("a", "Chad", "Lima") with { Reading = "The capital of Chad is" };
        var said = new QueryEvidence(question, "The capital of Chad is N'Djamena.", 1);
        Assert.Equal((read, 1 - read), (said.Read(capital), said.Doubt(capital)));
    }

    [Fact]
    public void Meant_SubjectInTheModelsSentence_IsItsConfidence()
    {
        var seen = new QueryEvidence("What is the toll of the country with this flag?", "The picture shows the flag of Niger.", 0.8);
        Assert.Equal((0.8, 0.0), (seen.Meant(Fact("toll", "Niger")), seen.Named(Fact("toll", "Niger"))));
        Assert.Equal(0, seen.Meant(Fact("toll", "Nigeria")));
        Assert.Equal(0, Asks("What is the toll of Niger?").Meant(Fact("toll", "Niger")));
    }

    [Fact]
    public void Compared_AboutMargin_NeedsFactAndSubject()
    {
        var asked = Asks("What is the toll of Chad?");
        double? Idf(string word) => 1;
        Candidate[] found = [.. new[] { Fact("toll"), Fact("bridge"), Fact("toll", "Peru") }.Select(e => asked.About(e, 0.5, 1, 0, Idf))];
        Assert.Equal([1, 0, 0], found.Select(c => c.About));
        Assert.Equal([1, -1, -1], Candidate.Compared(found).Select(c => c.AboutMargin));
    }

    [Fact]
    public void Features_UnreadEntry_AreNumbersOfTheirOwn()
    {
        var (unread, read) = (new Candidate(Fact("toll"), 0.5, 0.1), new Candidate(Fact("toll") with { Reading = "The toll of Chad is" }, 0.5, 0.1));
        Assert.True(unread.Entry.IsUnread && !read.Entry.IsUnread);
        Assert.NotEqual(unread.Features.Length, read.Features.Length);
        Assert.False((unread.Entry with { Modality = Modality.Visual }).IsUnread);
    }
}
