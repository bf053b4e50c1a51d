using System.Text;
using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

public sealed class BenchmarkFileTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "edits.jsonl");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    private static Probe AProbe(string id = "v1/exact") =>
        new(id, ["v1"], ProbeLevels.Exact, Modality.Visual, new("flags/twemoji/JPN.png", PictureRef.Blur, 2.5, 7),
        "Whose flag is this?", ["Brazil"], "Brazil", ["Brasil"], "flag/open/1", "Japan");

    private static BenchmarkEdit AnEdit() => new()
    {
        Id = "v1", Modality = Modality.Visual, Kind = "flag", Subject = "Japan", Picture = new("flags/flag-icons/JPN.png"), Question = "Whose flag is “this”?",
        OldAnswer = "Japan",
        Target = "Brazil", Injected = "Brazil", Statement = "the flag of Japan now shows the flag of Brazil", Neighbours = ["Côte d'Ivoire"], Expected = "weak",
        Probes = [AProbe()],
    };

    [Fact]
    public void ReadAfterWrite_Edit_IsEqualAndTheSameBytes()
    {
        BenchmarkFile.Write(path, [AnEdit()]);
        var read = BenchmarkFile.Read(path);
        Assert.Equal(File.ReadAllBytes(path), BenchmarkFile.Bytes(read));
        Assert.Equal(AnEdit().Picture, read[0].Picture);
        Assert.Equal(AProbe().Picture, read[0].Probes[0].Picture);
        Assert.Equal("Côte d'Ivoire", read[0].Neighbours[0]);
        Assert.Equal(BenchmarkFile.Hash([AnEdit()]), BenchmarkFile.Hash(read));
        Assert.NotEqual(BenchmarkFile.Hash([AnEdit()]), BenchmarkFile.Hash([AnEdit() with { Target = "Chad" }]));
    }

    [Fact]
    public void Write_AnyPlatform_HasLineFeedsAloneAndNoMark()
    {
        BenchmarkFile.Write(path, [AnEdit(), AnEdit() with { Id = "v2", Probes = [] }]);
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(path));
        Assert.Equal(2, text.Count(c => c == '\n'));
        Assert.DoesNotContain('\r', text);
        Assert.StartsWith("""{"version":1,"id":"v1","modality":"visual",""", text);
        Assert.Contains("\"strength\":2.5", text);
        Assert.DoesNotContain("null", text);
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2", "'version' is 2")]
    [InlineData("\"target\":\"Brazil\",", "", "target")]
    [InlineData("\"target\":\"Brazil\"", "\"target\":\" \"", "'target' is empty")]
    [InlineData("\"target\":\"Brazil\"", "\"target\":3", "$.target")]
    [InlineData("\"target\":\"Brazil\"", "\"target\":null", "target")]
    [InlineData("\"modality\":\"visual\",\"kind\"", "\"modality\":\"smell\",\"kind\"", "$.modality")]
    [InlineData("\"kind\":", "\"sort\":", "sort")]
    [InlineData("\"level\":\"exact\"", "\"level\":\"exactly\"", "'level' must be one of exact,")]
    [InlineData("\"edit_ids\":[\"v1\"]", "\"edit_ids\":[]", "'edit_ids' must begin with 'v1'")]
    [InlineData("\"edit_ids\":[\"v1\"]", "\"edit_ids\":[\"v1\",\"v9\"]", "names 'v9'")]
    [InlineData("\"chain\":[\"Brazil\"]", "\"chain\":[]", "'chain' must be filled")]
    [InlineData("\"degradation\":\"blur\"", "\"degradation\":\"acid\"", "must be one of noise, blur, occlude")]
    [InlineData("\"strength\":2.5", "\"strength\":0.5", "does not fit")]
    [InlineData("flags/flag-icons/JPN.png", "../secret.png", "no path leaves the data folder")]
    [InlineData("flags/flag-icons/JPN.png", "/etc/passwd", "no path leaves the data folder")]
    [InlineData("\"probes\":[", "\"probes\":[null,", "probes")]
    [InlineData("\"expected\":\"weak\"", "\"expected\":\"strong\"", "'expected'")]
    [InlineData("}]}", "}]", "line 2")]
    public void Read_Damage_NamesLineAndField(string from, string to, string says)
    {
        var good = Encoding.UTF8.GetString(BenchmarkFile.Bytes([AnEdit()]));
        var bad = good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(good, bad);
        File.WriteAllText(path, Encoding.UTF8.GetString(BenchmarkFile.Bytes([AnEdit() with { Id = "v0", Probes = [] }])) + bad);
        var error = Assert.Throws<InvalidDataException>(() => BenchmarkFile.Read(path));
        Assert.Contains(says, error.Message);
        Assert.Contains(path, error.Message);
        if (!says.Contains("v9")) Assert.Contains("line 2", error.Message);
    }

    [Fact]
    public void Read_SameIdTwice_Throws()
    {
        File.WriteAllBytes(path, BenchmarkFile.Bytes([AnEdit(), AnEdit()]));
        Assert.Contains("'v1' stands twice", Assert.Throws<InvalidDataException>(() => BenchmarkFile.Read(path)).Message);
    }

    [Theory]
    [InlineData(1, 0.95, "strong")]
    [InlineData(1, 0.5, "weak")]
    [InlineData(0.5, 1, "weak")]
    [InlineData(0.1, 0.9, "none")]
    [InlineData(0, 0, "none")]
    public void Strata_Conviction_IsSortedByBothThresholds(double share, double probability, string stratum) =>
        Assert.Equal(stratum, new Strata().Of(new(share, probability)));

    [Theory]
    [InlineData(-0.1, 0.5)]
    [InlineData(0.5, 1.1)]
    [InlineData(double.NaN, 0.5)]
    public void Strata_OutOfRange_Throws(double share, double probability) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Strata().Of(new(share, probability)));
}
