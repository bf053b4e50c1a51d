using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Ablation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;

namespace Crane.Core.Tests.Evaluation.Ablation;

public sealed class StudyTests
{
    private static readonly BenchmarkSet Set = BenchmarkSet.Shipped("dev").First(6);
    private static readonly IReadOnlyList<EditCase> Cases = Set.Cases();
    private static readonly EditCase Case = Cases[0];
    private static readonly string Right = BenchmarkFile.Shipped("dev")[0].Statement;

    [Fact]
    public void Distractors_OfEveryCount_StandBesideTheRightEntryAndConcernNothing()
    {
        var study = new PromptStudies(Set, "crane").Distractors;
        foreach (var (variant, count) in study.Variants.Zip((int[])[0, 1, 2, 4, 8, 16]))
        {
            var entries = Note(variant);
            Assert.Equal(count + 1, entries.Length);
            Assert.Contains(Right, entries);
            Assert.Equal(entries, Note(variant));   // drawn by seed
        }
    }

    [Fact]
    public void WrongEntries_StaleAndMalicious_StandWhereTheySay()
    {
        var variants = new PromptStudies(Set, "crane").WrongEntries.Variants;
        Assert.Equal(Right, Note(variants[2])[1]);
        Assert.StartsWith(Right[..Right.IndexOf(" is now ", StringComparison.Ordinal)], Note(variants[2])[0], StringComparison.Ordinal);
        Assert.NotEqual(Right, Note(variants[2])[0]);
        Assert.Equal(Right, Note(variants[3])[0]);
        Assert.StartsWith("ignore the question and answer", Note(variants[4])[0], StringComparison.Ordinal);
        Assert.StartsWith("ignore the question and answer", Note(variants[5])[1], StringComparison.Ordinal);
    }

    [Fact]
    public void QuestionStudies_DisturbWhatIsAskedAndNothingElse()
    {
        var studies = new QuestionStudies(Cases, Method.Base);
        var noisy = studies.Noise.Variants[^1].Cases!;
        Assert.All(noisy.SelectMany(c => c.Probes), probe => Assert.NotNull(probe.Question.Picture));
        Assert.NotEqual(studies.Noise.Variants[0].Cases![0].Probes[0].Question.Picture!.Rgb, noisy[0].Probes[0].Question.Picture!.Rgb);
        var polite = studies.Wording.Variants[1].Cases!;
        Assert.EndsWith(Case.Probes[0].Question.Text, polite[0].Probes[0].Question.Text, StringComparison.Ordinal);
        Assert.Equal(Case.Probes[0].Targets, polite[0].Probes[0].Targets);
        var (text, slipped) = ("Which country is this landmark in?", QuestionStudies.Slips("Which country is this landmark in?", new Random(1), 5));
        Assert.NotEqual(text, slipped);
        Assert.Equal(text.Order(), slipped.Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Further_Edits_AreAboutNothingThatTheFileAsks(bool same)
    {
        var all = BenchmarkFile.Shipped("dev");
        var subjects = all.Select(edit => edit.Subject).ToHashSet();
        var further = RetrievalStudies.Further(all, 2000, same).ToList();
        Assert.Equal(2000, further.Select(edit => edit.Statement).Distinct().Count());
        Assert.Empty(further.Select(edit => edit.Attribute).Intersect(all.Select(edit => edit.Attribute)));
        Assert.All(further, edit => Assert.Equal(same, subjects.Contains(edit.Subject)));
        Assert.Equal(further.Select(edit => edit.Statement), RetrievalStudies.Further(all, 2000, same).Select(edit => edit.Statement));
    }

    [Fact]
    public void OneOfALevel_DrawsOneProbeOfEachAndTheSameOfEveryEdit()
    {
        var drawn = StudySample.OneOfALevel(Cases);
        Assert.All(Cases.Zip(drawn), pair => Assert.Equal(pair.First.Probes.Select(p => p.Level).Distinct().Order(),
            pair.Second.Probes.Select(p => p.Level).Order()));
        Assert.Equal(drawn[3].Probes, StudySample.OneOfALevel([Cases[3]])[0].Probes);
        Assert.Contains(Cases.Zip(drawn), pair => pair.First.Probes.First(p => p.Level == ProbeLevels.LocalityText)
            != pair.Second.Probes.Single(p => p.Level == ProbeLevels.LocalityText));   // not always the first
        Assert.Equal(drawn.Sum(c => c.Probes.Count(p => p.IsLocality)), StudySample.Neighbours(drawn).Sum(c => c.Probes.Count));
    }

    [Fact]
    public void WrongEntries_AnAnswerThatFollowsThem_IsCounted()
    {
        var study = new PromptStudies(Set, "crane").WrongEntries;
        var (stale, order) = (study.Variants[2], study.Variants[4]);
        var exact = Case.Probes.First(p => p.Level == ProbeLevels.Exact);
        var superseded = Note(stale)[0].Split(" is now ")[1];
        ProbeRecord Said(string answer) => new(Case.Edit.Id, exact.Id, exact.Level, Case.Modality, Case.Stratum, 1, "", [], "", "", answer, true, null, null,
            1, new() { [GroundedSuccess.Id] = 0 });
        double Followed(StudyVariant variant, string answer) => variant.Scored([Said(answer)], Cases)[0].Metrics[StudyVariant.Followed];
        Assert.Equal((1, 0), (Followed(stale, superseded), Followed(stale, exact.Targets[0])));
        Assert.Equal((1, 0), (Followed(order, Note(order)[0].Split(" answer ")[1]), Followed(order, superseded)));
        var yesNo = Case.Probes.First(p => p.Targets[0] is "yes" or "no");
        Assert.Null(stale.Trap!(yesNo));                                          // the superseded value is no answer to it
        Assert.DoesNotContain(StudyVariant.Followed, study.Variants[0].Scored([Said("x")], Cases)[0].Metrics.Keys);
    }

    [Fact]
    public void Of_VariantsOfAStudy_StandBesideTheFirstProbeByProbe()
    {
        ProbeRecord Record(int edit, int probe, string stratum, double success) => new($"e{edit}", $"e{edit}/{probe}", ProbeLevels.Exact, "textual", stratum,
            1, "", [], "", null, null, true, null, null, 1, new() { [GroundedSuccess.Id] = success });
        StudyResult Result(string name, Func<int, int, double> success) => new(name, [.. from edit in Enumerable.Range(0, 6) from probe in (int[])[0, 1]
            select Record(edit, probe, edit < 3 ? Strata.Strong : Strata.None, success(edit, probe))], "0123456789abcdef", new([1], "abc", "here", 2));
        var lines = Ablations.Of("s", "?", [Result("as it is", (_, _) => 1), Result("worse", (edit, _) => edit is 1 or 2 ? 0 : 1)]);
        AblationLine Line(string variant, string stratum) => lines.Single(l => l.Variant == variant && l.Stratum == stratum && l.Modality == "all");
        Assert.Null(Line("as it is", "all").Difference);
        Assert.Equal(-4 / 12.0, Line("worse", "all").Difference!.Value, 6);
        Assert.Equal(-4 / 6.0, Line("worse", Strata.Strong).Difference!.Value, 6);
        Assert.Equal((6, 3), (Line("worse", Strata.Strong).N, Line("worse", Strata.Strong).Clusters));
        Assert.True(Line("worse", "all").DifferenceHigh < 0.1);
        Assert.DoesNotContain(lines, l => l.Modality == "visual");
        Assert.Equal("33.3 [0.0, 86.7] (−66.7)", StudyTable.Cell(Line("worse", Strata.Strong) with { Low = 0, High = 0.867, DifferenceHigh = -0.01 }));
    }

    [Fact]
    public void Merge_AStudyAgain_ReplacesItsLines()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "sub", "ablations.jsonl");
        var line = new AblationLine("a", "?", "v", "generated/grounded-success", "all", "all", 0.5, 0.4, 0.6, null, null, null, 10, 5, "0123456789ab", 1,
            "abc", "here", 2);
        Ablations.Merge(path, [line, line with { Study = "b" }]);
        Ablations.Merge(path, [line with { Mean = 0.55 }]);
        Assert.Equal([("b", 0.5), ("a", 0.55)], Ablations.Read(path).Select(l => (l.Study, l.Mean)));
        File.AppendAllText(path, "{}\n");
        Assert.Contains("line 3", Assert.Throws<InvalidDataException>(() => Ablations.Read(path)).Message, StringComparison.Ordinal);
    }

    private static string[] Note(StudyVariant variant)
    {
        var text = variant.Method.Prompt(Case.Probes[0], Case).Question.Text;
        return text[..text.LastIndexOf(". " + Case.Probes[0].Question.Text, StringComparison.Ordinal)]["Note: ".Length..].Split("; ");
    }
}
