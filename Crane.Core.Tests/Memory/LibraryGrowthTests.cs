using Crane.Core.Benchmark;
using Crane.Core.Memory;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;
using Modality = Crane.Core.Memory.Modality;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public class LibraryGrowthTests
{
    [Fact]
    public void OtherEntries_SameSeed_AreTheSameAndEachIsItsOwn()
    {
        var facts = OtherEntries.Facts(300, ["Japan", "Chad"], seed: 3).Select(p => p.Entry.Checked()).ToList();
        Assert.Equal(facts, OtherEntries.Facts(300, ["Japan", "Chad"], seed: 3).Select(p => p.Entry));
        Assert.NotEqual(facts, OtherEntries.Facts(300, ["Japan", "Chad"], seed: 4).Select(p => p.Entry));
        Assert.Equal(300, facts.Select(e => e.Question).Distinct().Count());
        Assert.InRange(facts.Count(e => e.Subject is "Japan" or "Chad"), 100, 200);
        Assert.All(facts, e => Assert.Contains(e.Subject, e.Question));
        var flags = OtherEntries.Flags(20, "What does this flag stand for?", seed: 3).ToList();
        Assert.All(flags, f => Assert.Equal((Modality.Visual, 64), (f.Entry.Checked().Modality, f.Picture!.Width)));
        Assert.Equal(20, flags.Select(f => Convert.ToBase64String(f.Picture!.Rgb)).Distinct().Count());
        Assert.Equal(flags[7].Picture!.Rgb, OtherEntries.Flags(8, "?", seed: 3).Last().Picture!.Rgb);   // a larger library begins with the smaller one
    }

    [Fact]
    public async Task Measure_MoreEntries_AsksTheSameAndNeverBringsARightEntryNearer()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        using var learnt = LearntMemory.Load();
        var test = BenchmarkFile.Shipped("test");
        BenchmarkEdit[] few = [.. test.Where(e => e is { Picture: not null, Series: 0 }).Take(10), .. test.Where(e => e.Picture is null).Take(10)];
        var rows = await new LibraryGrowth(learnt, model, few).MeasureAsync([0, 40], every: 5);
        Assert.Equal([(0, Modality.Visual), (0, Modality.Textual), (40, Modality.Visual), (40, Modality.Textual)], rows.Select(r => (r.Others, r.Row.Library)));
        foreach (var library in rows.GroupBy(r => r.Row.Library, r => r.Row))
        {
            var (small, large) = (library.First(), library.Last());
            Assert.True(small.First.Trials > 0);
            Assert.Equal((small.First.Trials, small.False.Trials), (large.First.Trials, large.False.Trials));
            Assert.True(large.ByCosine.Mean <= small.ByCosine.Mean);
        }
        var path = Path.Combine(Directory.CreateTempSubdirectory("crane-growth").FullName, "growth.jsonl");
        GrowthFile.Write(path, GrowthFile.Of(rows));
        Assert.Equal(["visual 0", "visual 40", "textual 0", "textual 40"], GrowthFile.Read(path).Select(l => $"{l.Library} {l.Others}"));
        Assert.Equal(Math.Round(rows[3].Row.False.Mean, 4), GrowthFile.Read(path)[3].False[0]);
        Assert.Equal(rows[1].Row.First.Trials, GrowthFile.Read(path)[2].Matched);
        File.AppendAllText(path, "{\"library\":\"visual\"}\n");
        Assert.Contains("line 5", Assert.Throws<InvalidDataException>(() => GrowthFile.Read(path)).Message);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Assert.Equal(6, LibraryGrowth.Markdown(rows).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
