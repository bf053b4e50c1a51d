using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

public sealed class RunLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;
    private static readonly Line[] Lines = [new("a", 1.5, ["x"]), new("ä \"quoted\" <|im_end|> \u2028", -0.1, []), new("c\nd", 3e-9, ["y", "z"])];

    private string LogFile => Path.Combine(folder, "log.jsonl");

    [Fact]
    public void Open_CutAtAnyByte_KeepsWholeLinesAndGoesOnToTheSameFile()
    {
        Write(Lines);
        var whole = File.ReadAllBytes(LogFile);
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            File.WriteAllBytes(LogFile, whole[..cut]);
            using (var log = RunLog<Line>.Open(LogFile))
            {
                Assert.Equal(whole[..cut].Count(b => b == '\n'), log.Records.Count);
                log.Append(Lines[log.Records.Count..]);
            }
            Assert.Equal(whole, File.ReadAllBytes(LogFile));
        }
    }

    [Fact]
    public void Append_Records_ComeBackAsTheyWere()
    {
        Write(Lines);
        Assert.Equal(Lines.Select(l => (l.Name, l.Value)), RunLog<Line>.Read(LogFile).Select(l => (l.Name, l.Value)));
        Assert.Equal(["y", "z"], RunLog<Line>.Read(LogFile)[2].Words);
    }

    [Fact]
    public void Open_ADamagedLineInTheMiddle_NamesItAndTouchesNothing()
    {
        Write(Lines);
        var text = File.ReadAllText(LogFile).Split('\n');
        text[1] = text[1][..5];
        File.WriteAllText(LogFile, string.Join('\n', text));
        var error = Assert.Throws<InvalidDataException>(() => RunLog<Line>.Open(LogFile));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(string.Join('\n', text), File.ReadAllText(LogFile));
    }

    [Fact]
    public void Open_AFieldIsMissing_NamesLineAndField()
    {
        File.WriteAllText(LogFile, "{\"name\":\"a\",\"words\":[]}\n");
        var error = Assert.Throws<InvalidDataException>(() => RunLog<Line>.Read(LogFile));
        Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("value", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhileAnotherWrites_IsRefusedAndReadingIsNot()
    {
        using var log = RunLog<Line>.Open(LogFile);
        log.Append(Lines);
        Assert.Throws<IOException>(() => RunLog<Line>.Open(LogFile));
        Assert.Equal(3, RunLog<Line>.Read(LogFile).Count);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Write(IEnumerable<Line> lines)
    {
        using var log = RunLog<Line>.Open(LogFile);
        log.Append(lines);
    }

    private sealed record Line(string Name, double Value, string[] Words);
}
