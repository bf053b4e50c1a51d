using System.Text.Json.Nodes;

namespace Crane.Core.Tests.Notebooks;

/// <summary>A kernel that has executed a cell with declarations.</summary>
public sealed class LanguageFixture : IDisposable
{
    public LanguageFixture() => Assert.Equal("ok", Client.Execute("""
        #!markdown
        text
        #!csharp
        /// <summary>Doubles.</summary>
        /// <param name="value">What to <see cref="Math.Abs(int)"/>.</param>
        /// <returns>Twice the value.</returns>
        int Twice(int value) => 2 * value;
        int Twice(int value, int times) => times * value;
        var colour = ConsoleColor.Red;
        var words = new List<string>();
        """).Status);

    internal KernelClient Client { get; } = new();

    public void Dispose() => Client.Dispose();
}

/// <summary>Completion, inspection and is_complete over the protocol.</summary>
[Collection(nameof(Torch))]
public sealed class LanguageTests(LanguageFixture fixture) : IClassFixture<LanguageFixture>
{
    private readonly KernelClient client = fixture.Client;

    [Theory]
    [InlineData("Console.Wri|", "WriteLine", 8, 11)]
    [InlineData("var x = 1;\nTwi|", "Twice", 11, 14)]
    [InlineData("words.Ad|", "Add", 6, 8)]
    [InlineData("words.Where(w => w.Len|)", "Length", 19, 22)]
    [InlineData("var s = \"😀😀\"; s.Subs|", "Substring", 16, 20)]
    [InlineData("#!time\nTwi|", "Twice", 7, 10)]
    [InlineData("#r \"nuget: Deedle\"\nusing Dee|", "Deedle", 25, 28)]
    [InlineData("if (colour == |)", "ConsoleColor", 14, 14)]
    [InlineData("#!|", "#!import", 0, 2)]
    [InlineData("#r \"nuget: Dee|", "Deedle", 11, 14)]
    [InlineData("wh|", "while", 0, 2)]
    public void Complete_FindsAtThePlace(string code, string match, int start, int end)
    {
        if (code.StartsWith("#r", StringComparison.Ordinal) && code.Contains('\n'))
            client.Execute(code.Split('\n')[0]);
        var reply = client.Ask("complete_request", At(code)).Reply;
        Assert.Contains(match, reply["matches"]!.AsArray().Select(m => (string)m!));
        Assert.Equal((start, end), ((int)reply["cursor_start"]!, (int)reply["cursor_end"]!));
    }

    [Theory]
    [InlineData("words.|", "while")]
    [InlineData("words.|", "for")]
    [InlineData("\"Conso|", "Console")]
    public void Complete_WhatDoesNotFit_IsNotOffered(string code, string absent) =>
        Assert.DoesNotContain(absent, client.Ask("complete_request", At(code)).Reply["matches"]!.AsArray().Select(m => (string)m!));

    [Theory]
    [InlineData("Twi|ce(1)", "int Twice(int value)", "Doubles.", "value: What to Math.Abs.", "Returns: Twice the value.", "+ 1 overload")]
    [InlineData("Twice(|", "int Twice(int value)", "Doubles.")]
    [InlineData("Twice(1, 2|)", "int Twice(int value, int times)")]
    [InlineData("new List<int>(|", "List<int>.List()")]
    [InlineData("words|", "List<string> words")]
    [InlineData("display|(1)", "DisplayedValue CellFunctions.display(object? value)", "Shows a value")]
    public void Inspect_TellsSignatureAndDocumentation(string code, params string[] told)
    {
        var reply = client.Ask("inspect_request", At(code)).Reply;
        Assert.True((bool)reply["found"]!);
        foreach (var words in told)
            Assert.Contains(words, (string)reply["data"]!["text/plain"]!);
    }

    [Fact]
    public void Inspect_Detail_TellsAllOverloads()
    {
        var content = At("Twice|");
        content["detail_level"] = 1;
        Assert.Contains("int Twice(int value, int times)", (string)client.Ask("inspect_request", content).Reply["data"]!["text/plain"]!);
    }

    [Theory]
    [InlineData("// nothing here|")]
    [InlineData("|")]
    [InlineData("noSuchName|")]
    public void Inspect_Nothing_IsNotFound(string code) => Assert.False((bool)client.Ask("inspect_request", At(code)).Reply["found"]!);

    [Theory]
    [InlineData("1 + 1", "complete", null)]
    [InlineData("var x = 1;", "complete", null)]
    [InlineData("1 +", "incomplete", "")]
    [InlineData("if (true)\n{", "incomplete", "    ")]
    [InlineData("void F()\n{\n    if (true)\n    {", "incomplete", "        ")]
    [InlineData("#!time\nvar x = 1;", "complete", null)]
    [InlineData(")", "invalid", null)]
    public void IsComplete_Code_IsJudged(string code, string status, string? indent)
    {
        var reply = client.Ask("is_complete_request", new JsonObject { ["code"] = code }).Reply;
        Assert.Equal((status, indent), ((string)reply["status"]!, (string?)reply["indent"]));
    }

    // "|" marks the cursor, which Jupyter counts in code points.
    private static JsonObject At(string code)
    {
        var index = code.IndexOf('|');
        return new JsonObject { ["code"] = code.Remove(index, 1), ["cursor_pos"] = code[..index].EnumerateRunes().Count() };
    }
}
