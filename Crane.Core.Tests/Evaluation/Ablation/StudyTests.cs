using Crane.Core.Benchmark;
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

    [Fact]
    public void Further_Edits_AreAboutNothingThatTheFileAsks()
    {
        var all = BenchmarkFile.Shipped("dev");
        var further = RetrievalStudies.Further(all, 2000).ToList();
        Assert.Equal(2000, further.Select(edit => edit.Statement).Distinct().Count());
        Assert.Empty(further.Select(edit => edit.Attribute).Intersect(all.Select(edit => edit.Attribute)));
        Assert.Equal(further.Select(edit => edit.Statement), RetrievalStudies.Further(all, 2000).Select(edit => edit.Statement));
    }

    [Fact]
    public void Merge_AStudyAgain_ReplacesItsLines()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "sub", "ablations.jsonl");
        var line = new AblationLine("a", "?", "v", "generated/grounded-success", "all", 0.5, 0.4, 0.6, 10, 5, "0123456789ab", 1, "abc", "here", 2);
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
