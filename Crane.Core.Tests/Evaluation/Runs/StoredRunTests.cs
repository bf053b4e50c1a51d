using System.IO.Compression;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

public sealed class StoredRunTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void WriteThenRead_Answers_AreTheRecordsToTheLetter()
    {
        ProbeRecord[] records =
        [
            Record("e1", "e1/1", "<think>It is Brazil.</think><answer>Brazil</answer>", "It is Brazil.", "Brazil", 1),
            // another layout than the usual one
            Record("e1", "e1/2", "<think>\nIt is “Brazil”.</think>\n<answer>Brazil</answer>", "\nIt is “Brazil”.", "Brazil", 0.5),
            Record("e2", "e2/1", "Brazil Brazil Bra", null, null, 0) with { EndedByEos = false, Retrieved = [new("e2", 0.75)] },
        ];
        var read = StoredRun.Read(Run(records).Write(folder));
        Assert.Equal(records.Select(r => (r.Output, r.Think, r.Answer, r.EndedByEos)), read.Records.Select(r => (r.Output, r.Think, r.Answer, r.EndedByEos)));
        Assert.Equal(records.Select(r => (r.Edit, r.Probe, r.Level, r.Modality, r.Stratum)),
            read.Records.Select(r => (r.Edit, r.Probe, r.Level, r.Modality, r.Stratum)));
        Assert.Equal([1, 0.5, 0], read.Records.Select(r => r.Metrics[GroundedSuccess.Id]));
        Assert.Equal(["e2"], read.Answers[2].Retrieved!);
        Assert.Null(read.Answers[0].Output);
        Assert.DoesNotContain("generated/f1", read.Answers[0].Metrics.Keys);   // nobody reads it there
    }

    [Fact]
    public void Write_TheSameRunTwice_GivesTheSameBytes()
    {
        var run = Run([.. Enumerable.Range(0, 200).Select(i => Record($"e{i}", $"e{i}/1", $"<think>{i}</think><answer>x</answer>", $"{i}", "x", i % 2))]);
        var first = File.ReadAllBytes(run.Write(folder));
        Assert.Equal(first, File.ReadAllBytes(StoredRun.Read(run.Write(folder)).Write(folder)));
    }

    [Fact]
    public void Read_DamagedFiles_AreNamedWithTheirLine()
    {
        var path = Run([Record("e1", "e1/1", "x", null, null, 0), Record("e2", "e2/1", "y", null, null, 0)]).Write(folder);
        var lines = Lines(path);
        Fails("not a gzip", () => File.WriteAllText(path, "{}"));
        Fails("is empty", () => Put(path, []));
        Fails("holds 1 answers where its head says 2", () => Put(path, lines[..2]));
        Fails("line 3", () => Put(path, [lines[0], lines[1], lines[2][..20]]));
        Fails("line 2: an answer needs", () => Put(path, [lines[0], "{\"edit\":\"e1\"}", lines[2]]));
        Fails("version 9", () => Put(path, [lines[0].Replace("\"version\":1", "\"version\":9"), .. lines[1..]]));
        Fails("field 'method' is 'ftt'", () => Put(path, [lines[0].Replace("\"ft\"", "\"ftt\""), .. lines[1..]]));
        Fails("note", () => Put(path, [lines[0], lines[1].Replace("{\"edit\"", "{\"note\":1,\"edit\""), lines[2]]));
        File.WriteAllBytes(path, Zipped(lines)[..^12]);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => StoredRun.Read(path)).Message, StringComparison.Ordinal);

        void Fails(string expected, Action damage)
        {
            damage();
            var message = Assert.Throws<InvalidDataException>(() => StoredRun.Read(path)).Message;
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    internal static StoredRun Run(IReadOnlyList<ProbeRecord> records, string method = "ft", int seed = 1, params CostLine[] costs) =>
        new(new(StoredRun.Version, method, "single", "none", seed, $"commit{seed}", "two cores", 10, records.Count, costs),
            [.. records.Select(StoredAnswer.Of)]);

    internal static ProbeRecord Record(string edit, string probe, string output, string? think, string? answer, double grounded) =>
        new(edit, probe, ProbeLevels.Exact, "visual", "strong", 1, "", [], output, think, answer, true, 0.25, null, 1,
            new(StringComparer.Ordinal) { [GroundedSuccess.Id] = grounded, ["generated/f1"] = 0.5, [TeacherForced.TokenAccuracyId] = 0.25 });

    private static string[] Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Put(string path, string[] lines) => File.WriteAllBytes(path, Zipped(lines));

    private static byte[] Zipped(string[] lines)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal,
            leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
        return bytes.ToArray();
    }
}
