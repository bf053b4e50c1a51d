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

    private static EditEntry Shows(string id, string old, string value) => new() { Id = id, Modality = Modality.Visual, Subject = $"flag of {old}", Question = "What does the picture show?", OldBelief = old, NewValue = value };

    private static EditMemory Memory(EditLibrary library, Recogniser? recognise = null) =>
        new(library, new Colours(), new Bag(), new(new(Gate.Cosine, 0.95, 0.02), new(Gate.Cosine, 0.9, 0.02)), recognise);

    private static Recogniser Names(params string[] names) => (_, _) => Task.FromResult<IReadOnlyList<string>>(names);

    [Fact]
    public async Task LookUp_VisualEditFires_ItsNewEntityFindsTheTextualEdit()
    {
        var library = new EditLibrary();
        var memory = Memory(library, Names("Japan"));
        await memory.AddAsync(Shows("sees", "Japan", "Brazil"), Japan);
        await memory.AddAsync(EditLibraryTests.Capital("of-brazil", "Brazil", "Recife") with { Key = null, Question = "capital Brazil" });
        await memory.AddAsync(EditLibraryTests.Capital("of-japan", "Japan", "Nara") with { Key = null, Question = "capital Japan" });
        var lookUp = await memory.LookUpAsync("capital", Japan);
        Assert.Equal(["sees", "of-brazil"], lookUp.Brought.Select(e => e.Id));
        Assert.Equal(["picture of 2 × 2", "capital", "capital Brazil"], lookUp.Steps.Select(s => s.Query));   // what the picture no longer shows is not asked for
        Assert.Equal(["Japan"], lookUp.Recognised);
        Assert.All(lookUp.Steps, s => Assert.NotEmpty(s.Candidates));
        Assert.All(lookUp.Steps[2].Candidates.Take(1), c => Assert.True(c.Bm25 > 0 && c.Margin > 0));
    }

    [Fact]
    public async Task LookUp_NoVisualEdit_WhatThePictureShowsFindsTheTextualEdit()
    {
        var library = new EditLibrary();
        var memory = Memory(library, Names("Japan"));
        library.Add(EditLibraryTests.Capital("of-japan", "Japan", "Nara") with { Key = null, Question = "capital Japan" });   // its key is made when it is first needed
        Assert.Equal(["of-japan"], (await memory.LookUpAsync("capital", Japan)).Brought.Select(e => e.Id));
        Assert.Empty((await Memory(library).LookUpAsync("capital", Japan)).Brought);   // without the reading there is nothing to go by
        Assert.Equal(["of-japan"], (await memory.LookUpAsync("Japan capital")).Brought.Select(e => e.Id));
        Assert.Empty((await memory.LookUpAsync("currency of Peru")).Brought);
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
    public async Task LookUp_EmptyMemory_BringsNothingAndSaysSo()
    {
        var lookUp = await Memory(new EditLibrary()).LookUpAsync("What?", Japan);
        Assert.Empty(lookUp.Brought);
        Assert.All(lookUp.Steps, s => Assert.Equal("nothing found", s.Decision.Why));
    }
}
