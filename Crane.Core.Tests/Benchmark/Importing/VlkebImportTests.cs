using Crane.Core.Benchmark;
using Crane.Core.Benchmark.Importing;

namespace Crane.Core.Tests.Benchmark.Importing;

public sealed class VlkebImportTests : IDisposable
{
    internal const string Record = """
        {"src": "What is this?", "pred": "Tower A", "alt": "Tower B", "rephrase": "Name this.", "image": "a.png", "image_rephrase": "sub/c.png",
         "loc": "nq question: who wrote it", "loc_ans": 1912, "m_loc": "b.png", "m_loc_q": "What colour?", "m_loc_a": "red",
         "port_new": [{"port_type": "1-hop", "Q&A": {"Question": "Where is it?", "Answer": "Oslo"}}, {"port_type": "3-hop", "Q&A": {"Question": "Who leads there?", "Answer": "Ada"}}]}
        """;

    private readonly ImportFolder folder = new();

    [Fact]
    public async Task Read_ARecord_BecomesAnEditWithItsProbes()
    {
        var edit = Assert.Single(await Import($"[{Record}]"));
        Assert.Equal(("vlkeb-00001", "What is this?", "Tower A", "Tower B", Modality.Visual),
            (edit.Id, edit.Question, edit.OldAnswer, edit.Target, edit.Modality));
        Assert.Equal(["exact", "rephrase-text", "rephrase-image", "rephrase-both", "locality-text", "locality-image", "multi-hop-1", "multi-hop-3"],
            edit.Probes.Select(p => p.Level));
        Assert.Equal("1912", edit.Probes[4].Answer);
        Assert.Null(edit.Probes[4].Picture);
        Assert.Equal("sub/c.png", edit.Probes[2].Picture!.File);
        Assert.Equal(["Tower B", "Ada"], edit.Probes[7].Chain);
        Assert.Equal("vlkeb/port_new/3-hop", edit.Probes[7].Form);
        BenchmarkFile.Write(folder.Of("own.jsonl"), [edit]);
        Assert.Equal(BenchmarkFile.Bytes([edit]), BenchmarkFile.Bytes(BenchmarkFile.Read(folder.Of("own.jsonl"))));
    }

    [Theory]
    [InlineData("\"alt\": \"Tower B\"", "\"alt\": [\"Tower B\", \"B\"]", "Tower B")]
    [InlineData("\"alt\": \"Tower B\"", "\"alt\": 7", "7")]
    [InlineData("\"image\": \"a.png\"", "\"image\": \"./a.png\"", "Tower B")]
    [InlineData("\"rephrase\": \"Name this.\", ", "", "Tower B")]
    [InlineData("\"pred\": \"Tower A\"", "\"pred\": \"\"", "Tower B")]
    public async Task Read_Variants_AreTaken(string from, string to, string target) =>
        Assert.Equal(target, Assert.Single(await Import($"\uFEFF [{Record.Replace(from, to)}]")).Target);

    [Fact]
    public async Task Read_AnEmptyTarget_IsLeftOutAndReported()
    {
        Assert.Empty(await Import($"[{Record.Replace("\"Tower B\"", "\"\"")}]"));
        Assert.Contains("record 1", Assert.Single(folder.Skipped), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"src\": \"What is this?\", ", "", "record 2: field 'src' is missing")]
    [InlineData("\"loc_ans\": 1912", "\"loc_ans\": {\"a\": 1}", "record 2: field 'loc_ans' must be text, found Object")]
    [InlineData("\"port_type\": \"3-hop\"", "\"port_type\": \"7-hop\"", "record 2: port_new[1]: field 'port_type'")]
    [InlineData("\"image\": \"a.png\"", "\"image\": \"../a.png\"", "record 2: field 'image'")]
    [InlineData("\"image\": \"a.png\"", "\"image\": \"/etc/hostname\"", "record 2: field 'image'")]
    [InlineData("\"m_loc_a\": \"red\"", "\"m_loc_a\": \"\"", "record 2: field 'm_loc_a' is missing or empty")]
    [InlineData("\"Answer\": \"Oslo\"", "\"Reply\": \"Oslo\"", "record 2: port_new[0]: Q&A: field 'Answer'")]
    [InlineData("\"port_new\": [", "\"port_new\": [3, ", "record 2: field 'port_new' must be a list of objects")]
    public async Task Read_ADamagedRecord_IsNamedWithItsField(string from, string to, string message)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Import($"[{Record}, {Record.Replace(from, to)}]"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"src\": ]", "record 1: not valid JSON")]
    [InlineData("[3]", "record 1: expected a JSON object")]
    [InlineData("[", "record 1: not valid JSON")]
    public async Task Read_NotJson_IsSaid(string text, string message) =>
        Assert.Contains(message, (await Assert.ThrowsAsync<InvalidDataException>(() => Import(text))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Read_ATruncatedFile_HandsOutWhatIsWholeAndNamesTheRest()
    {
        var edits = new List<BenchmarkEdit>();
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var edit in VlkebImport.Read(folder.Write($"[{string.Join(",", Enumerable.Repeat(Record, 200))}"[..^40]), folder.Strict))
                edits.Add(edit);
        });
        Assert.InRange(edits.Count, 1, 199);
        Assert.Contains("not valid JSON", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_AMissingPicture_IsAnErrorOrLeavesItsProbesOut()
    {
        var text = $"[{Record.Replace("sub/c.png", "gone.png")}, {Record.Replace("\"a.png\"", "\"gone.png\"")}]";
        Assert.Contains("gone.png", (await Assert.ThrowsAsync<FileNotFoundException>(() => Import(text))).Message, StringComparison.Ordinal);
        var edit = Assert.Single(await ImportFolder.All(VlkebImport.Read(folder.Write(text), folder.Lenient)));
        Assert.DoesNotContain(edit.Probes, p => p.Level is "rephrase-image" or "rephrase-both");
        Assert.Equal(2, folder.Skipped.Count);
    }

    [Fact]
    public async Task Write_EditsOfTheBenchmark_ComeBackFromVlkebsForm()
    {
        var pictures = new BenchmarkPictures();
        var edits = BenchmarkFile.Shipped("test").Where(e => e.Modality == Modality.Visual && e.Quick).Take(6).ToList();
        Assert.Equal(edits.Count, VlkebExport.Write([.. edits, BenchmarkFile.Shipped("test").First(e => e.Modality == Modality.Textual)], pictures,
            folder.Of("out")));
        var back = await ImportFolder.All(VlkebImport.Read(folder.Of("out", "eval.json"), new() { Pictures = folder.Of("out") }));
        var loaded = new BenchmarkPictures(folder.Of("out"));
        foreach (var (edit, again) in edits.Zip(back))
        {
            Assert.Equal((edit.Question, edit.OldAnswer, edit.Target), (again.Question, again.OldAnswer, again.Target));
            Assert.Equal(pictures.Load(edit.Picture!).Rgb, loaded.Load(again.Picture!).Rgb);
            foreach (var level in (string[])["rephrase-text", "rephrase-image", "locality-text", "locality-image", "multi-hop-1"])
                if (edit.Probes.FirstOrDefault(p => p.Level == level && p.EditIds.Length == 1 && (level != "multi-hop-1" || p.Picture == edit.Picture))
                    is { } probe)
                {
                    var same = again.Probes.First(p => p.Level == level);
                    Assert.Equal(probe.Answer, same.Answer);
                    if (level != "rephrase-image") Assert.Equal(probe.Question, same.Question);
                    if (probe.Picture is not null) Assert.Equal(pictures.Load(probe.Picture).Rgb, loaded.Load(same.Picture!).Rgb);
                }
        }
    }

    public void Dispose() => folder.Dispose();

    private Task<List<BenchmarkEdit>> Import(string text) => ImportFolder.All(VlkebImport.Read(folder.Write(text), folder.Strict));
}
