using Crane.Core.Editing;
using Crane.Core.Model;

namespace Crane.Core.Tests.Editing;

public class PromptEditorTests
{
    private static double SharedWords(Question a, Question b) => a.Text.Split(' ', '?').Intersect(b.Text.Split(' ', '?')).Count(word => word.Length > 0);

    [Fact]
    public void NoteInPrompt_TwoEdits_StandInFrontUntilRevoked()
    {
        using var editor = new NoteInPrompt();
        editor.Apply(Edits.Visual);
        editor.Apply(Edits.Visual with { Id = "b", Note = "Note: two." });
        Assert.Equal("Note: the picture shows the flag of Brazil. Note: two. Who?", editor.Prompt(new("Who?")).Text);
        editor.Revoke("a");
        Assert.Equal("Note: two. Who?", editor.Prompt(new("Who?")).Text);
        editor.Revoke("b");
        Assert.Equal("Who?", editor.Prompt(new("Who?")).Text);
        Assert.Throws<KeyNotFoundException>(() => editor.Revoke("b"));
    }

    [Fact]
    public void NoteInPrompt_Retrieved_BringsTheNearestAboveTheThreshold()
    {
        using var editor = new NoteInPrompt(new() { K = 1, Threshold = 2 }, SharedWords);
        editor.Apply([Edits.Visual, Edits.Textual]);
        Assert.Equal($"{Edits.Textual.Note} Has France a currency?", editor.Prompt(new("Has France a currency?")).Text);
        Assert.Equal("Why not?", editor.Prompt(new("Why not?")).Text);
    }

    [Fact]
    public void Ike_Question_FollowsDemonstrationsAndTheNewFact()
    {
        Demonstration[] shown = [new("Which sea?", "Red", "What sea?", "Red"), new("Which currency has Chad?", "Yen", "Chad pays with?", "Yen"),
            new("Whose currency has Peru?", "Won", "Peru pays with?", "Won")];
        using var editor = new Ike(shown, SharedWords, new() { K = 1 });
        Assert.Equal("Who?", editor.Prompt(new("Who?")).Text);
        editor.Apply([Edits.Visual, Edits.Textual]);
        Assert.Equal("New Fact: Which currency has Chad? Yen\nPrompt: Chad pays with? Yen\n\n"
            + "New Fact: France has which currency? Yen\nPrompt: Which currency has France?",
            editor.Prompt(new("Which currency has France?")).Text);
        Assert.Equal(Edits.Visual.Question.Picture, editor.Prompt(Edits.Visual.Question).Picture);
        using var bare = new Ike(shown, SharedWords, new() { K = 0 });
        bare.Apply(Edits.Textual);
        Assert.StartsWith("New Fact: France", bare.Prompt(new("Which?")).Text);
    }

    [Fact]
    public void Similarity_WhereThereIsNothingToChoose_IsNotAsked()
    {
        static double Never(Question query, Question entry) => throw new InvalidOperationException("nothing had to be compared");
        using var note = new NoteInPrompt(new() { K = 1 }, Never);
        using var ike = new Ike([], Never);
        note.Apply(Edits.Textual);
        ike.Apply(Edits.Textual);
        Assert.Equal($"{Edits.Textual.Note} Which?", note.Prompt(new("Which?")).Text);
        Assert.EndsWith("Prompt: Which?", ike.Prompt(new("Which?")).Text);
        note.Apply(Edits.Visual);
        ike.Apply(Edits.Visual);
        Assert.Throws<InvalidOperationException>(() => note.Prompt(new("Which?")));
        Assert.Throws<InvalidOperationException>(() => ike.Prompt(new("Which?")));
    }

    [Fact]
    public void Ike_Demonstrations_AreRankedOnceAnEdit()
    {
        var compared = 0;
        double Counted(Question query, Question entry)
        {
            compared++;
            return SharedWords(query, entry);
        }
        Demonstration[] shown = [new("Which sea?", "Red", "What sea?", "Red"), new("Which currency?", "Yen", "Pays with?", "Yen")];
        using var editor = new Ike(shown, Counted, new() { K = 1 });
        editor.Apply(Edits.Textual);
        for (var i = 0; i < 3; i++) Assert.StartsWith("New Fact: Which currency? Yen\nPrompt: Pays with? Yen\n\n", editor.Prompt(new("Which?")).Text);
        Assert.Equal(2, compared);
        editor.Revoke("t");
        editor.Apply(Edits.Textual with { Question = new("Which sea is it?") });
        Assert.StartsWith("New Fact: Which sea? Red\n", editor.Prompt(new("Which?")).Text);
    }
}
