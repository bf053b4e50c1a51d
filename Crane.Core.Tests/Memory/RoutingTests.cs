using Crane.Core.Memory;
using Crane.Core.Vision;
using Microsoft.Extensions.AI;

namespace Crane.Core.Tests.Memory;

public class RoutingTests
{
    /// <summary>A sentence as the bag of its words, a picture as its mean colour.</summary>
    private sealed class Bag : Encoder<string>
    {
        private readonly List<string> words = [];

        public override string Name => "bag of words";

        protected override IReadOnlyList<float[]> Encode(IReadOnlyList<string> inputs) => [.. inputs.Select(text =>
        {
            var counts = new float[64];
            counts[63] = 0.1f;
            foreach (var word in Bm25Index.Words(text))
            {
                if (!words.Contains(word)) words.Add(word);
                counts[words.IndexOf(word)]++;
            }
            return counts;
        })];
    }

    private sealed class Colours : Encoder<Picture>
    {
        public override string Name => "mean colour";

        protected override IReadOnlyList<float[]> Encode(IReadOnlyList<Picture> inputs) =>
            [.. inputs.Select(p => Enumerable.Range(0, 3).Select(c => (float)p.Rgb.Where((_, i) => i % 3 == c).Average(b => b - 100.5)).ToArray())];
    }

    private static Picture Plain(byte red, byte green, byte blue) => new(2, 2, [.. Enumerable.Repeat(new[] { red, green, blue }, 4).SelectMany(b => b)]);

    private static readonly Picture Japan = Plain(230, 90, 90), Chad = Plain(10, 10, 200), Romania = Plain(12, 10, 200);

    private static EditEntry Shows(string id, string old, string value) =>
        new() { Id = id, Modality = Modality.Visual, Subject = $"flag of {old}", Question = "What does the picture show?", OldBelief = old, NewValue = value };

    private static EditMemory Memory(EditLibrary library, QuestionReader? read = null) =>
        new(library, new Colours(), new Bag(), new(new(Gate.Cosine, 0.95, 0.02), new(c => c.Read + c.Named, 0.5, 0.02)), read);

    /// <summary>A model that sees Japan on every picture and knows that each country's capital is Tokyo: it says what a real one would, from any
    /// beginning.</summary>
    private static Task<IReadOnlyList<Reading>> Japanese(IReadOnlyList<ReadingRequest> requests, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Reading>>([.. requests.Select(r =>
    {
        string[] begun = [.. ChainReader.Sentences(r.Begun)];
        string[] seen = r.Picture is null ? begun : begun.Length > 0 ? begun : ["The picture shows the flag of Japan."];
        var country = seen.Length > 0 ? seen[^1].TrimEnd('.').Split(' ')[^1] : r.Question.TrimEnd('?').Split(' ')[^1];
        return r.Question.Contains("capital") ? new Reading([.. seen, $"The capital of {country} is Tokyo."], "Tokyo", 1) : new Reading(seen, country, 1);
    })]);

    [Fact]
    public async Task LookUp_VisualEditFires_ItsNewEntityFindsTheTextualEdit()
    {
        var library = new EditLibrary();
        var memory = Memory(library, Japanese);
        await memory.AddAsync(Shows("sees", "Japan", "Brazil"), Japan);
        await memory.AddAsync(EditLibraryTests.Capital("of-brazil", "Brazil", "Recife") with { Key = null });
        await memory.AddAsync(EditLibraryTests.Capital("of-japan", "Japan", "Nara") with { Key = null });
        var lookUp = await memory.LookUpAsync("What is the capital of the country with this flag?", Japan);
        Assert.Equal(["sees", "of-brazil"], lookUp.Brought.Select(e => e.Id));
        // what the picture no longer shows is not asked for
        Assert.Equal(["The picture shows the flag of Brazil.", "The capital of Brazil is Recife."], lookUp.Reading);
        Assert.Equal([Modality.Visual, Modality.Textual], lookUp.Steps.Select(s => s.Library));
        Assert.EndsWith("The capital of Brazil is Tokyo.", lookUp.Steps[1].Query);
        var found = lookUp.Steps[1].Candidates.Single(c => c.Entry.Id == "of-brazil");
        Assert.True(found is { Bm25: > 0, Margin: > 0, WordMargin: > 0, Read: 1, Named: 1 });   // named by what the visual entry puts into the chain
        Assert.Equal(0, lookUp.Steps[1].Candidates.Single(c => c.Entry.Id == "of-japan").Named);
    }

    [Fact]
    public async Task LookUp_ManyQuestionsAtOnce_EqualsOneByOne()
    {
        var memory = Memory(new EditLibrary(), Japanese);
        await memory.AddAsync(Shows("sees", "Japan", "Brazil"), Japan);
        await memory.AddAsync(EditLibraryTests.Capital("of-brazil", "Brazil", "Recife") with { Key = null });
        MemoryQuestion[] questions = [new("What is the capital of this country?", Japan), new("Whose flag is this?", Chad),
            new("What is the capital of Brazil?"), new("What is the capital of Peru?"), new("Whose flag is this?", Japan)];
        var together = await memory.LookUpAsync(questions);
        Assert.Equal(["sees of-brazil", "", "of-brazil", "", "sees"], together.Select(l => string.Join(' ', l.Brought.Select(e => e.Id))));
        foreach (var (question, found) in questions.Zip(together))
            Assert.Equal((await memory.LookUpAsync(question.Text, question.Picture)).Steps.Select(s => s.Query), found.Steps.Select(s => s.Query));
    }

    [Fact]
    public async Task LookUp_NoVisualEdit_WhatThePictureShowsFindsTheTextualEdit()
    {
        var library = new EditLibrary();
        var memory = Memory(library, Japanese);
        await memory.AddAsync(EditLibraryTests.Capital("of-japan", "Japan", "Nara") with { Key = null, OldBelief = null });
        // the model's own words and belief
        Assert.Equal(("The capital of Japan is", "Tokyo"), (library.Now.Find("of-japan")!.Reading, library.Now.Find("of-japan")!.OldBelief));
        Assert.Equal(["of-japan"], (await memory.LookUpAsync("What is the capital of the country with this flag?", Japan)).Brought.Select(e => e.Id));
        // without the reading there is nothing to go by
        Assert.Empty((await Memory(library).LookUpAsync("What is the capital of the country with this flag?", Japan)).Brought);
        Assert.Equal(["of-japan"], (await memory.LookUpAsync("Which is the capital of Japan?")).Brought.Select(e => e.Id));
        Assert.Empty((await memory.LookUpAsync("What is the capital of Peru?")).Brought);
    }

    [Fact]
    public async Task LookUp_NoReader_VisualEditStillLeadsOnByItsNewEntity()
    {
        var library = new EditLibrary();
        var memory = Memory(library);
        await memory.AddAsync(Shows("sees", "Japan", "Brazil"), Japan);
        var lookUp = await memory.LookUpAsync("What is the capital?", Japan);
        Assert.Equal("What is the capital? Brazil", lookUp.Steps[1].Query);
        Assert.Empty(lookUp.Reading);
    }

    [Fact]
    public async Task LookUp_RevokedRestoredOrUpdated_FollowsTheLibrary()
    {
        var library = new EditLibrary();
        var memory = Memory(library);
        await memory.AddAsync(Shows("a", "Japan", "Brazil"), Japan);
        async Task<string[]> Brought() => [.. (await memory.LookUpAsync("What is this?", Japan)).Brought.Select(e => e.Id)];
        Assert.Equal(["a"], await Brought());
        library.Revoke("a");
        Assert.Empty(await Brought());
        library.Restore("a");
        Assert.Equal(["a"], await Brought());
        library.Update("a", library.Now.Find("a")! with { Id = "b", NewValue = "Peru" });
        Assert.Equal(["b"], await Brought());
    }

    [Fact]
    public async Task Add_FactThatTheModelReadsPast_KeepsNoReadingAndLeavesOthersToBeFound()
    {
        var library = new EditLibrary();
        // it knows capitals alone, and spells Chad its own way
        var memory = Memory(library, (requests, _) => Task.FromResult<IReadOnlyList<Reading>>([.. requests.Select(r =>
            new Reading([$"The capital of {(r.Question.Contains("Chad") ? "Tchad" : "Japan")} is Tokyo."], "Tokyo", 1))]));
        EditEntry Fact(string id, string what, string country) => EditLibraryTests.Capital(id, country, "Nara") with
        {
            Question = $"What is the {what} of {country}?", Chain = $"The {what} of {country} is Nara.", Key = null,
        };
        await memory.AddAsync([(Fact("capital", "capital", "Japan"), null), (Fact("bridge", "oldest bridge", "Japan"), null),
            (Fact("chad", "capital", "Chad"), null)]);
        Assert.Equal(["The capital of Japan is", null, "The capital of Tchad is"], library.Now.Entries.Select(e => e.Reading));
        Assert.Equal(3, library.Now.Active.Count());
        var found = (await memory.LookUpAsync("Which capital does Japan have?")).Steps[0].Candidates.ToDictionary(c => c.Entry.Id);
        Assert.Equal((1, 0), (found["capital"].Read, found["bridge"].Read));
        Assert.True(found["bridge"].Doubt > 0);
    }

    private static EditEntry Toll(string id, string country) => EditLibraryTests.Capital(id, country, "seven") with
    {
        Question = $"What is the bridge toll of {country}?", Chain = $"The bridge toll of {country} is seven.", OldBelief = null, Key = null,
    };

    /// <summary>Judges entries without a reading by fact and subject, the others by what the model reads.</summary>
    private static EditMemory ByWords(EditLibrary library) => new(library, new Colours(), new Bag(),
        new(new(Gate.Cosine, 0.95, 0.02), new(c => c.Entry.IsUnread ? c.About : c.Read, 0.6, 0.02)), Japanese);

    [Fact]
    public async Task LookUp_FactWithoutWords_IsBroughtByTheWordsOfTheQuestionAlone()
    {
        var library = new EditLibrary();
        var memory = ByWords(library);
        await memory.AddAsync([(Toll("toll", "Japan"), null), (EditLibraryTests.Capital("capital", "Japan", "Nara") with { Key = null }, null)]);
        Assert.Equal([true, false], library.Now.Entries.Select(e => e.IsUnread));
        async Task<string> Brought(string question, Picture? picture = null) =>
            string.Join(' ', (await memory.LookUpAsync(question, picture)).Brought.Select(e => e.Id));
        Assert.Equal("toll", await Brought("Which bridge toll does Japan have?"));
        Assert.Equal("", await Brought("Which old bridge toll does Japan have?"));
        Assert.Equal("", await Brought("Which bridge toll does Peru have?"));
        Assert.Equal("capital", await Brought("What is the capital of Japan?"));
        // the chain says what the picture shows and no more; what it shows is asked about once more
        Assert.Equal("toll", await Brought("What is the bridge toll of the country with this flag?", Japan));
        Assert.Equal("", await Brought("What is the old bridge toll of the country with this flag?", Japan));
        Assert.Equal("capital", await Brought("What is the capital of the country with this flag?", Japan));
    }

    [Fact]
    public async Task LookUp_FactWithoutWords_ComposesWithWhatEntriesPutThere()
    {
        var memory = ByWords(new EditLibrary());
        await memory.AddAsync([(Shows("sees", "Japan", "Brazil"), Japan), (Toll("of-brazil", "Brazil"), null), (Toll("of-japan", "Japan"), null)]);
        var found = await memory.LookUpAsync("What is the bridge toll of the country with this flag?", Japan);
        Assert.Equal(["sees", "of-brazil"], found.Brought.Select(e => e.Id));
        Assert.Equal(["The picture shows the flag of Brazil.", "The bridge toll of Brazil is seven."], found.Reading);
        Assert.Equal("What is the bridge toll of the country with this flag? The picture shows the flag of Brazil.", found.Steps[1].Query);
        Assert.All(found.Steps[1].Candidates, c => Assert.True(c.Entry.IsUnread));
    }

    [Fact]
    public async Task LookUp_NoFactWithoutWords_TheEndOfTheChainIsNotAskedAgain()
    {
        var (library, asked) = (new EditLibrary(), "What is the bridge toll of the country with this flag?");
        var memory = ByWords(library);
        await memory.AddAsync(EditLibraryTests.Capital("capital", "Japan", "Nara") with { Key = null });
        Assert.Single((await memory.LookUpAsync(asked, Japan)).Steps);
        await memory.AddAsync(Toll("toll", "Japan"));
        Assert.Equal(2, (await memory.LookUpAsync(asked, Japan)).Steps.Count);
        library.Revoke("toll");
        Assert.Single((await memory.LookUpAsync(asked, Japan)).Steps);
    }

    [Fact]
    public async Task LookUp_JournalOpenedAgain_FindsTheSameWithoutReadingOrEncodingAnew()
    {
        var folder = Directory.CreateTempSubdirectory("crane-reopened").FullName;
        var journal = Path.Combine(folder, "edits.jsonl");
        MemoryQuestion[] asked = [new("What is the capital of the country with this flag?", Japan), new("What is the capital of Brazil?")];
        static string Text(IEnumerable<LookUp> found) => string.Join('\n', found.SelectMany(l => l.Steps).Select(s => $"{s.Query} {s.Decision}"));
        string before;
        using (var library = EditLibrary.Open(journal))
        {
            var memory = Memory(library, Japanese);
            await memory.AddAsync(Shows("sees", "Japan", "Brazil"), Japan);
            await memory.AddAsync(EditLibraryTests.Capital("of-brazil", "Brazil", "Recife") with { Key = null });
            before = Text(await memory.LookUpAsync(asked));
        }
        using (var again = EditLibrary.Open(journal))
        {
            Assert.Equal(before, Text(await Memory(again, Japanese).LookUpAsync(asked)));
            again.Revoke("sees");
        }
        using var last = EditLibrary.OpenRead(journal);
        Assert.Equal(["of-brazil"], (await Memory(last, Japanese).LookUpAsync(asked)).SelectMany(l => l.Brought).Select(e => e.Id));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task LookUp_TwinFlags_BringsNothing()
    {
        var memory = Memory(new EditLibrary());
        await memory.AddAsync(Shows("chad", "Chad", "Brazil"), Chad);
        await memory.AddAsync(Shows("romania", "Romania", "Peru"), Romania);
        var lookUp = await memory.LookUpAsync("What is this?", Chad);
        Assert.Empty(lookUp.Brought);
        Assert.Contains("twins", lookUp.Steps[0].Decision.Why);
    }

    [Fact]
    public async Task Add_PictureMissingOrTooMany_IsRefused()
    {
        var library = new EditLibrary();
        var memory = Memory(library);
        Assert.Contains("'a'", (await Assert.ThrowsAsync<ArgumentException>(() => memory.AddAsync(Shows("a", "Japan", "Peru")))).Message);
        await Assert.ThrowsAsync<ArgumentException>(() => memory.AddAsync(EditLibraryTests.Capital("b", "Japan", "Nara"), Japan));
        library.Add(Shows("keyless", "Japan", "Peru"));
        Assert.Contains("'keyless'", (await Assert.ThrowsAsync<InvalidOperationException>(() => memory.LookUpAsync("What?", Japan))).Message);
    }

    [Fact]
    public async Task LookUp_KeyOfAnotherEncoder_NamesTheEntryAndBringsNothingSilently()
    {
        var library = new EditLibrary();
        library.Add(Shows("fits", "Japan", "Peru") with { Key = [1, 2, 3] });
        library.Add(Shows("foreign", "Chad", "Peru") with { Key = [1, 2, 3, 4] });
        var memory = Memory(library);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => memory.LookUpAsync("What is this?", Japan));
        Assert.Contains("'foreign'", error.Message);
        Assert.Contains("another encoder", error.Message);
        library.Revoke("foreign");
        Assert.Single((await memory.LookUpAsync("What is this?", Japan)).Steps[0].Candidates);   // mended by taking it out
    }

    [Fact]
    public async Task LookUp_EmptyMemory_BringsNothingAndSaysSo()
    {
        var lookUp = await Memory(new EditLibrary()).LookUpAsync("What?", Japan);
        Assert.Empty(lookUp.Brought);
        Assert.All(lookUp.Steps, s => Assert.Equal("nothing found", s.Decision.Why));
    }
}
