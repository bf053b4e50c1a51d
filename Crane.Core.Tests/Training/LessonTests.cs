using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Text;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests.Training;

/// <summary>Reads the lessons as a sceptic would: from prompt and completion alone, with none of the code that made them.</summary>
public partial class LessonTests
{
    private static readonly NanoWorld World = NanoWorld.Load();
    private static readonly LookUps LookUps = new(World.World);
    private static readonly IReadOnlyDictionary<string, Func<Random, Lesson>> Kinds = Curriculum.Lessons(new WorldLessons(World, LookUps), LookUps);

    public static TheoryData<string> AllKinds() => new(Kinds.Keys);

    private static IEnumerable<Lesson> Draw(string kind, int count = 400) => Enumerable.Range(0, count).Select(i => Kinds[kind](Seeds.Random(99, i)));

    [Theory, MemberData(nameof(AllKinds))]
    public void Draw_AnyKind_HasValidFormAndAPictureWhereItSpeaksOfOne(string kind)
    {
        foreach (var lesson in Draw(kind, 60))
        {
            Assert.True(ReasoningParser.Parse(lesson.Completion, endedByEos: true).IsValid, lesson.Completion);
            Assert.Equal(kind.Contains("flag") || kind.Contains("landmark") || kind == "unclear", lesson.Picture is not null);
            if (lesson.Picture is not null) Assert.Equal((WorldPictures.Width, WorldPictures.Height), (lesson.Picture.Width, lesson.Picture.Height));
            Assert.DoesNotContain('{', lesson.Prompt);
        }
    }

    [Theory, MemberData(nameof(AllKinds))]
    public void Draw_SameSeed_GivesTheSameLesson(string kind)
    {
        foreach (var (first, second) in Draw(kind, 20).Zip(Draw(kind, 20)))
        {
            Assert.Equal(first with { Picture = null }, second with { Picture = null });
            Assert.Equal(first.Picture?.Rgb, second.Picture?.Rgb);
        }
    }

    [Theory]
    [InlineData("look-up")]
    [InlineData("recital")]
    [InlineData("fact/relevant")]
    [InlineData("fact/irrelevant")]
    [InlineData("flag/fact")]
    [InlineData("landmark/fact")]
    public void Draw_WithNotes_QuotesWhatIsThereAndNothingElse(string kind)
    {
        foreach (var lesson in Draw(kind))
        {
            if (!lesson.Prompt.StartsWith("Note: ", StringComparison.Ordinal)) continue;
            var entries = lesson.Prompt[6..lesson.Prompt.IndexOf(NoteEnd(lesson.Prompt), StringComparison.Ordinal)].Split("; ");
            foreach (Match quote in Quote().Matches(lesson.Completion))
                if (quote.Groups["absent"].Success) Assert.DoesNotContain(entries, e => e.StartsWith(quote.Groups["key"].Value + " is now ", StringComparison.Ordinal) || e.StartsWith(quote.Groups["key"].Value + " now shows ", StringComparison.Ordinal));
                else Assert.Contains(quote.Groups["entry"].Value, entries);
            Assert.True(Quote().IsMatch(lesson.Completion), lesson.Completion);
        }
    }

    [Fact]
    public void Draw_Facts_AreTrue()
    {
        foreach (var lesson in Draw("fact").Concat(Draw("flag")).Concat(Draw("landmark")))
            foreach (Match fact in Fact().Matches(lesson.Completion))
            {
                var country = World.Countries.Single(c => c.Name == fact.Groups["country"].Value);
                Assert.Equal(Attributes.All.Single(a => a.Name == fact.Groups["attribute"].Value).Of(country), fact.Groups["value"].Value);
            }
    }

    [Fact]
    public void Draw_ContradictingNote_NamesBothAndKeepsThePicture()
    {
        foreach (var lesson in Draw("flag/contradicting"))
        {
            var note = Regex.Match(lesson.Prompt, @"^Note: the picture shows the flag of (?<x>.+?)\. ").Groups["x"].Value;
            var chain = Regex.Match(lesson.Completion, @"The note says the flag of (?<x>.+?), but the picture shows the flag of (?<y>.+?)\.(?: The|<)");
            Assert.Equal(note, chain.Groups["x"].Value);
            Assert.NotEqual(note, chain.Groups["y"].Value);
            if (lesson.Kind.StartsWith("flag/identity", StringComparison.Ordinal)) Assert.Equal(chain.Groups["y"].Value, lesson.Answer);
        }
    }

    [Fact]
    public void Phrasings_HeldOut_NeverOccurInTraining()
    {
        foreach (var phrasings in new[] { Phrasings.Attribute, Phrasings.Flag, Phrasings.Landmark, Phrasings.Place, Phrasings.CountryOfFlag, Phrasings.CountryOfLandmark })
            Assert.Empty(phrasings.Trained.Intersect(phrasings.HeldOut));
    }

    [Fact]
    public void Mixture_World_DrawsEveryKindInItsShare()
    {
        var stage = Curriculum.Nano[^1];
        var counts = Enumerable.Range(0, 20_000).Select(i => Curriculum.Draw(stage.Mixture, Seeds.Random(3, i))).CountBy(kind => kind).ToDictionary();
        var total = stage.Mixture.Values.Sum();
        foreach (var (kind, weight) in stage.Mixture) Assert.InRange(counts[kind] / 20_000.0, weight / total * 0.75, weight / total * 1.25);
        Assert.Subset(Kinds.Keys.Append(Curriculum.Recall).Append(Curriculum.Repeat).ToHashSet(), Curriculum.Nano.SelectMany(s => s.Mixture.Keys).ToHashSet());
    }

    [Fact]
    public void Recall_Drill_AsksEveryKeyOnceForItsValue()
    {
        var drill = TokenDrills.Recall(new Random(1), 1500);
        var pairs = drill.Ids.Chunk(2).Select(p => (p[0], p[1])).ToArray();
        Assert.Equal(pairs[..12].Order(), pairs[12..].Order());
        Assert.NotEqual(pairs[..12], pairs[12..]);
        Assert.Equal(12, drill.Learn.Count(l => l));
    }

    private static string NoteEnd(string prompt) => Regex.Match(prompt, @"\. (?=[A-Z])(?!C\.)").Value is var _ && Regex.Match(prompt, @"(?<!D\.C)\. (?:So|Tell|What|Name|Which|Please|I want|Do you|For|The|Think|Say|In the)") is { Success: true } end ? prompt.Substring(end.Index, end.Length) : throw new Xunit.Sdk.XunitException(prompt);

    [GeneratedRegex(@"In the note, (?:(?<key>[^<]+?) is not (?<absent>given)\.|(?<entry>[^<]+? (?:is now|now shows) [^<]+?)\.(?= In the note|<))")]
    private static partial Regex Quote();

    [GeneratedRegex(@"The (?<attribute>capital|currency|region|language|demonym) of (?<country>[^<]+?) is (?<value>[^<]+?)\.<")]
    private static partial Regex Fact();
}
