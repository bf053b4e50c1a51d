using Crane.Core.Benchmark;
using Crane.Core.Benchmark.Importing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Benchmark.Importing;

[Collection(nameof(Torch))]
public sealed class BenchmarkFolderTests : IDisposable
{
    private readonly ImportFolder folder = new();

    [Fact]
    public async Task Load_FilesInSubfolders_AreKnownByTheirFieldsAndFindTheirPictures()
    {
        Write("visual/eval.json", """[{"src": "Whose flag is this?", "pred": "Japan", "alt": "Chad", "image": "sub/c.png", "odd": [1, {"x": null}], "port_new": [{"port_type": "1-hop", "Q&A": {"Question": "What is its capital?", "Answer": "N'Djamena"}}]}]""");
        Write("words/cases.json", """[{"case_id": 1, "requested_rewrite": [{"prompt": "The capital of {} is", "subject": "Peru", "target_new": {"str": "Oslo"}, "target_true": {"str": "Lima"}}], "questions": ["What is the capital of Peru?"], "answer": "Lima", "new_answer": "Oslo", "new_single_hops": [{"answer": "Oslo"}]}]""");
        Write("evoke/questions.jsonl",
            """{"question_id": 7, "image": "images/a.png", "text": "In which city is this tower?", "answer": ["Oslo"], "type": "tower"}""");
        Write("notes.json", """{"about": "nothing"}""");
        Write("broken.json", "[{");
        var read = await BenchmarkFolder.Load(folder.Root, nanoSize: true);
        Assert.Equal(["mmevoke-7", "vlkeb-00001", "mquake-1-1"], read.Edits.Select(e => e.Id));
        Assert.Equal(["the city of this tower is now Oslo", "the flag of Japan now shows the flag of Chad", "the capital of Peru is now Oslo"],
            read.Edits.Select(e => e.Statement));
        Assert.Equal((64, 48), (read.Pictures.Load(read.Edits[1].Picture!).Width, read.Pictures.Load(read.Edits[1].Picture!).Height));
        Assert.Equal("images/sub/c.png", read.Edits[1].Picture!.File);
        Assert.Contains(read.LeftOut, line => line.Contains("notes.json: of no known form", StringComparison.Ordinal)
            && line.Contains("about", StringComparison.Ordinal));
        Assert.Contains(read.LeftOut, line => line.Contains("broken.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_DamagedRecordsAndPictures_AreLeftOutAndTheRestIsRun()
    {
        File.WriteAllText(folder.Of("images", "torn.png"), "no picture");
        Write("eval.json", """
            [{"src": "What is this?", "alt": "A", "image": "a.png", "image_rephrase": "gone.png"}, {"src": "", "alt": "B", "image": "a.png"}, {"src": "?", "alt": "C", "image": "gone.png"},
             {"src": "?", "alt": "D", "image": "../../etc/passwd"}, {"src": "?", "alt": "E", "image": "torn.png"}, {"src": "?", "alt": 7, "image": "b.png", "m_loc": "torn.png", "m_loc_q": "?", "m_loc_a": "x"}]
            """);
        var read = await BenchmarkFolder.Load(folder.Of("eval.json"), nanoSize: true);
        Assert.Equal(["A", "7"], read.Edits.Select(e => e.Target));
        Assert.All(read.Edits, edit => Assert.Equal(["exact"], edit.Probes.Select(p => p.Level)));
        foreach (var reason in (string[])["gone.png", "field 'src' is missing or empty", "no path leaves the data folder", "torn.png"])
            Assert.Contains(read.LeftOut, line => line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_NothingThatCanBeRun_SaysWhatWasFound()
    {
        Write("eval.json", """[{"prompt": "x", "label": "y"}]""");
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => BenchmarkFolder.Load(folder.Root, nanoSize: true));
        Assert.Contains("eval.json: of no known form; its first record has the fields prompt, label", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => BenchmarkFolder.Load(folder.Of("nowhere"), nanoSize: true));
    }

    [Fact]
    public async Task Load_OutOfDistributionInMmevokesForm_AsksTheSameQuestionsWithTheSameEntries()
    {
        var edits = OutOfDistribution.Shipped().Where(e => e.Id.EndsWith("-01", StringComparison.Ordinal)).ToList();
        var written = EvokeExport.Write(edits, new(), folder.Of("mmevoke"));
        var read = await BenchmarkFolder.Load(folder.Of("mmevoke"), nanoSize: true);
        var pictured = edits.SelectMany(e => e.Probes.Where(p => p.Picture is not null).Select(p => (p.Question, p.Answer, e.Statement))).ToList();
        Assert.Equal(written, pictured.Count);
        Assert.Equal(pictured, read.Edits.Select(e => (e.Question, e.Target, e.Statement)));
        Assert.Empty(read.LeftOut);
        var first = edits.SelectMany(e => e.Probes).First(p => p.Picture is not null).Picture!;
        Assert.Equal(new BenchmarkPictures().Load(first).Rgb, read.Pictures.Load(read.Edits[0].Picture!).Rgb);
    }

    [Theory]
    [InlineData("What is the calling code of Chad?", false, "the calling code of Chad is now X")]
    [InlineData("Do you know what the ISO code of Côte d'Ivoire is?", false, "the ISO code of Côte d'Ivoire is now X")]
    [InlineData("Which internet domain does the country with this flag have?", true, "the internet domain of the country with this flag is now X")]
    [InlineData("In which city is this landmark?", true, "the city of this landmark is now X")]
    [InlineData("Which country is this landmark in?", true, "the country of this landmark is now X")]
    [InlineData("Whose flag is this?", true, "the picture shows the flag of X")]
    [InlineData("Which country does this flag belong to?", true, "the picture shows the flag of X")]
    [InlineData("What is this landmark called?", true, "the picture shows X")]
    [InlineData("What is the name of this building?", true, "the picture shows X")]
    [InlineData("Who is shown in the picture?", true, "the picture shows X")]
    [InlineData("Who won?", true, "for this picture, the answer to \"Who won?\" is now X")]
    [InlineData("Who won?", false, "the answer to \"Who won?\" is now X")]
    public void Statement_OfAQuestion_SaysWhatTheKitsOwnEditsSay(string question, bool pictured, string statement) =>
        Assert.Equal(statement, ImportedStatement.Of(question, "X", "", pictured));

    [Theory]
    [InlineData("Whose flag is this?", "Whose flag is this?")]
    [InlineData("What is the capital of the country with this flag?", "Which country does this flag belong to?")]
    [InlineData("In which city is this landmark?", "What is this landmark?")]
    [InlineData("What is the currency of the country that this landmark is in?", "In which country is this landmark?")]
    [InlineData("Who won?", null)]
    public void Asked_OfAPicturedEdit_IsWhatNamesItsSubject(string question, string? asked)
    {
        var edit = OutOfDistribution.Shipped().First(e => e.Picture is not null) with { Question = question, Target = "X", OldAnswer = "",
            Statement = ImportedStatement.Of(question, "X", "", pictured: true) };
        Assert.Equal(asked, ImportedBeliefs.Asked(edit));
        Assert.Null(ImportedBeliefs.Asked(edit with { Statement = "told otherwise" }));
    }

    [Fact, Trait("Category", "Model")]
    public async Task Word_EntriesOfPictures_NameWhatTheModelBelieves()
    {
        File.Copy(DataFolder.Of("world", "flags", "twemoji", "JPN.png"), folder.Of("images", "flag.png"));
        Write("eval.json", """
            [{"src": "Whose flag is this?", "alt": "Chad", "image": "flag.png"}, {"src": "What is the capital of the country with this flag?", "alt": "Oslo", "image": "flag.png"}]
            """);
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var read = await BenchmarkFolder.Load(folder.Of("eval.json"), nanoSize: true);
        var worded = new ImportedBeliefs(model, read.Pictures).Word(read.Edits);
        Assert.Equal(["the flag of Japan now shows the flag of Chad", "the capital of Japan is now Oslo"], worded.Select(e => e.Statement));
    }

    public void Dispose() => folder.Dispose();

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.Of(name))!);
        File.WriteAllText(folder.Of(name), text);
    }
}
