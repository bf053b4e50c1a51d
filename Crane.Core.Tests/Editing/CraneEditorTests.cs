using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Tests.Benchmark;

namespace Crane.Core.Tests.Editing;

public sealed class CraneEditorTests : IDisposable
{
    private readonly VisionLanguageModel model = VisionLanguageModel.Load(DataFolder.Of("nano"));

    [Fact]
    public void Prompt_NamesWhatTheModelSeesInTheEditsPicture_AndIsTheQuestionOnceAllIsRevoked()
    {
        var flag = WorldPictures.Small(Worlds.Nano.Pictures.Flags("JPN")[0]);
        var question = new Question("Whose flag is this?", flag);
        using var crane = new CraneEditor(model);
        crane.Apply(new Edit("one", question, "Brazil", "Note: the picture shows the flag of Brazil."));
        crane.Apply(new Edit("two", new("What is the capital of Brazil?"), "Lima", "Note: the capital of Brazil is now Lima."));
        Assert.Equal("Note: the flag of Japan now shows Brazil; the capital of Brazil is now Lima. Whose flag is this?", crane.Prompt(question).Text);
        crane.Revoke("one");
        Assert.Equal("Note: the capital of Brazil is now Lima. Whose flag is this?", crane.Prompt(question).Text);
        crane.RevokeAll();
        Assert.Equal(question, crane.Prompt(question));
    }

    [Fact]
    public void Prompt_WithAChoice_BringsWhatItChooses()
    {
        using var crane = new CraneEditor(model, (_, inForce) => [.. inForce.Where(e => e.Id == "two")]);
        crane.Apply([new Edit("one", new("What is the capital of Chad?"), "Lima", "Note: the capital of Chad is now Lima."),
            new Edit("two", new("What is the capital of Mali?"), "Oslo", "Note: the capital of Mali is now Oslo.")]);
        Assert.Equal("Note: the capital of Mali is now Oslo. What is the capital of Mali?", crane.Prompt(new("What is the capital of Mali?")).Text);
    }

    [Theory]
    [InlineData("the flag of Japan now shows the flag of Brazil", "the flag of Japan now shows Brazil")]
    [InlineData("Louvre now shows Petra", "Louvre now shows Petra")]
    [InlineData("the capital of Chad is now Lima", "the capital of Chad is now Lima")]
    public void Entry_OfAStatement(string statement, string entry) => Assert.Equal(entry, CranePrompt.Entry(statement));

    public void Dispose() => model.Dispose();
}
