using System.Text;
using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

public class ReasonEditBenchTests
{
    private static readonly Lazy<BenchmarkSets> Made = new(() => ReasonEditBench.Generate(Worlds.Nano));

    private static IEnumerable<BenchmarkEdit> Everything => Made.Value.All.SelectMany(s => s.Edits);

    [Fact]
    public void Shipped_Regenerated_HasTheSameBytes()
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-").FullName;
        ReasonEditBench.Save(Made.Value, folder, StrataFile.Shipped());
        foreach (var name in Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!))
        {
            var shipped = DataFolder.Of("benchmark", name);
            Assert.True(File.Exists(shipped) && File.ReadAllBytes(shipped).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, name))),
                $"data/benchmark/{name} is not what the generator makes. If the change is meant, copy the files from {folder} and raise BenchmarkFile.Version if their form changed.");
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Generate_OtherSeed_IsAnotherBenchmarkAndTheSameSeedIsNot()
    {
        Assert.Equal(BenchmarkFile.Hash(Made.Value.Dev), BenchmarkFile.Hash(ReasonEditBench.Generate(Worlds.Nano).Dev));
        Assert.NotEqual(BenchmarkFile.Hash(Made.Value.Dev), BenchmarkFile.Hash(ReasonEditBench.Generate(Worlds.Nano, 2).Dev));
    }

    [Fact]
    public void Sizes_Test_AreThoseThatWereAskedFor()
    {
        var test = Made.Value.Test;
        Assert.True(test.Count >= 600, $"{test.Count} test edits");
        Assert.True(test.Sum(e => e.Probes.Length) >= 8_000, $"{test.Sum(e => e.Probes.Length)} test probes");
        Assert.Equal(60, test.Count(e => e.Quick));
        Assert.DoesNotContain(Made.Value.Train.Concat(Made.Value.Dev), e => e.Quick);
        Assert.Equal(ProbeLevels.All.Order(StringComparer.Ordinal), test.Where(e => e.Quick).SelectMany(e => e.Probes).Select(p => p.Level).Distinct()
            .Order(StringComparer.Ordinal));
        Assert.True(Made.Value.All.Sum(s => BenchmarkFile.Bytes(s.Edits).Length) < 15_000_000);
    }

    [Fact]
    public void Splits_Pairwise_ShareNoSubjectAndNoTarget()
    {
        var sets = Made.Value.All.Select(s => s.Edits.SelectMany(e => (string[])[e.Subject, e.Target, e.Injected]).ToHashSet()).ToArray();
        for (var a = 0; a < 3; a++)
            for (var b = 0; b < a; b++) Assert.Empty(sets[a].Intersect(sets[b]));
    }

    [Fact]
    public void Gold_EveryProbe_FollowsFromTheWorldAndTheEdits()
    {
        var walker = new GoldWalker(Worlds.Nano.World);
        var statements = Everything.ToDictionary(e => e.Id, e => e.Statement);
        foreach (var (edit, probe) in Everything.SelectMany(e => e.Probes.Select(p => (e, p))))
        {
            var path = walker.Walk(probe, probe.EditIds.Select(id => statements[id]));
            var before = walker.Walk(probe, []);
            var what = $"{probe.Id} {probe.Level}: {probe.Question}";
            Assert.True(probe.Answer == GoldWalker.Answer(probe, path[^1]), $"{what}: {probe.Answer}, but the world says {path[^1]}");
            if (ProbeLevels.IsLocality(probe.Level))
            {
                Assert.True(GoldWalker.Answer(probe, before[^1]) == probe.Answer && probe.OldAnswer is null, what);
                continue;
            }
            var end = path.Count - probe.Chain.Length;
            Assert.True(end >= 0 && path[end..].SequenceEqual(probe.Chain), $"{what}: [{string.Join(", ", probe.Chain)}], walked [{string.Join(", ", path)}]");
            Assert.Contains(edit.Injected, probe.Chain);
            if (edit.Modality == Modality.Visual) Assert.Equal(edit.Injected, probe.Chain[0]);
            if (probe.OldAnswer is not null) Assert.True(probe.OldAnswer == GoldWalker.Answer(probe, before[^1]) && probe.OldAnswer != probe.Answer, what);
else Assert.True(before[^1].Length == 0 || GoldWalker.Answer(probe, before[^1]) == probe.Answer, what);
        }
    }

    [Fact]
    public void Gold_ChangedEdit_IsNoticed()
    {
        var walker = new GoldWalker(Worlds.Nano.World);
        var edit = Everything.First(e => e.Kind == "flag" && e.Expected is null);
        Assert.Equal(edit.OldAnswer, walker.Walk(edit.Probes[0], [])[^1]);
        Assert.Equal(edit.Target, walker.Walk(edit.Probes[0], [edit.Statement])[^1]);
        Assert.NotEqual(edit.Target, edit.OldAnswer);
    }

    [Fact]
    public void Series_EditsOfOne_NeverContradictEachOther() =>
        Assert.All(Made.Value.All.SelectMany(s => s.Edits.GroupBy(e => (s.Name, e.Series, e.Modality, e.Kind, e.Subject, e.Attribute))), group =>
            Assert.Single(group));

    [Fact]
    public void Pictures_Every_LoadsBelowTheWorld()
    {
        var files = Everything.SelectMany(e => e.Probes).Select(p => p.Picture).OfType<PictureRef>().Select(p => p.File).ToHashSet();
        Assert.All(files, file => Assert.True(File.Exists(SafePath.Below(Worlds.Nano.World.Folder, file, file))));
    }

    [Fact]
    public void Phrasings_EditedAndLocalityProbes_UseTheSameFormsEquallyOften()
    {
        Assert.Equal(5, Made.Value.Test.Where(e => e.Kind == "flag").SelectMany(e => e.Probes).Where(p => p.Level == ProbeLevels.Exact).Select(p => p.Form)
            .Distinct().Count());
        var open = Made.Value.Test.SelectMany(e => e.Probes).Where(p => p.Form.Contains("/open/")).ToArray();
        foreach (var kind in open.GroupBy(p => p.Form.Split('/')[0]))
            foreach (var side in kind.GroupBy(p => ProbeLevels.IsLocality(p.Level)))
            {
                var shares = side.GroupBy(p => p.Form).Select(g => (double)g.Count() / side.Count()).ToArray();
                Assert.Equal(5, shares.Length);
                Assert.All(shares, share => Assert.InRange(share, 0.17, 0.23));
            }
    }

    [Fact]
    public void Rephrase_Text_IsAnotherFormAndRephrasedImageAnotherPicture()
    {
        foreach (var edit in Everything)
            foreach (var probe in edit.Probes)
            {
                if (probe.Level is ProbeLevels.RephraseText or ProbeLevels.RephraseBoth) Assert.NotEqual(edit.Question, probe.Question);
                if (probe.Level is ProbeLevels.RephraseImage or ProbeLevels.RephraseBoth) Assert.NotEqual(edit.Picture, probe.Picture);
                if (probe.Level == ProbeLevels.Exact) Assert.True(edit.Question == probe.Question && edit.Picture == probe.Picture);
            }
    }

    [Fact]
    public void Neighbours_Embedding_ChangesTheHardOnes()
    {
        var byBlue = ReasonEditBench.Generate(Worlds.Nano, embed: picture => [1, picture.Rgb.Where((_, i) => i % 3 == 2).Average(b => (float)b)]);
        Assert.NotEqual(Made.Value.Dev[^1].Neighbours, byBlue.Dev[^1].Neighbours);
        Assert.Equal(Made.Value.Dev[^1].Target, byBlue.Dev[^1].Target);
    }

    [Fact]
    public void ReadAfterSave_Sets_AreEqual()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        ReasonEditBench.Save(Made.Value, folder);
        Assert.Equal(BenchmarkFile.Hash(Made.Value.Test), BenchmarkFile.Hash(BenchmarkFile.Read(Path.Combine(folder, "test.jsonl"))));
        Assert.DoesNotContain("\r", Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "README.md"))));
        Directory.Delete(folder, recursive: true);
    }
}
