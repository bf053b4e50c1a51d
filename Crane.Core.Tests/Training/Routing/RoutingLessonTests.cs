using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Text;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Routing;

namespace Crane.Core.Tests.Training.Routing;

public partial class RoutingLessonTests
{
    private static readonly NanoWorld Nano = Worlds.Nano;
    private static readonly Country[] Train = [.. Nano.Countries.Where((_, i) => i % 5 < 3)], Test = [.. Nano.Countries.Except(Train)];
    private static readonly Landmark[] TrainLandmarks = [.. Nano.Landmarks.Where((_, i) => i % 5 < 3)], TestLandmarks = [.. Nano.Landmarks.Except(TrainLandmarks)];

    [Fact]
    public void Next_EverySentenceOfTheChain_IsTrueOfTheMemoryOrOfTheWorld() =>
        Assert.All(Lessons(1500), lesson =>
        {
            var (entries, _) = Take(lesson.Prompt);
            Assert.True(ReasoningParser.Parse(lesson.Completion, endedByEos: true).IsValid, lesson.Completion);
            foreach (Match absent in AbsentSentence().Matches(lesson.Completion))
                Assert.DoesNotContain(entries, e => Regex.IsMatch(e, $"^{Regex.Escape(absent.Groups[1].Value)} (is now|now shows) "));
            foreach (Match quoted in QuotedSentence().Matches(lesson.Completion))
                Assert.Contains(entries, e => $"In the memory, {e}".TrimEnd('.') == quoted.Value.TrimEnd('.'));
        });

    [Fact]
    public void Next_AnswerOfAnOpenQuestion_IsTheLastThingTheChainArrivesAt() =>
        Assert.All(Lessons(1500).Where(lesson => lesson.Form == QuestionForm.Open), lesson =>
        {
            var think = ReasoningParser.Parse(lesson.Completion, endedByEos: true).Think!;
            var present = think.Split("In the memory, ")[^1].Contains(" is not given.", StringComparison.Ordinal);
            var last = think.TrimEnd('.');
            Assert.True(last.EndsWith(lesson.Answer.TrimEnd('.'), StringComparison.Ordinal) || present && think.Contains(lesson.Answer, StringComparison.Ordinal), lesson.Completion);
        });

    [Fact]
    public void Next_Shares_HalfMeetAnEditThatAppliesWhateverTheQuestion()
    {
        foreach (var kind in Lessons(6000).Where(l => l.Kind is not "any-name/applies").GroupBy(l => l.Kind[..l.Kind.LastIndexOf('/')]))
            Assert.InRange(kind.Count(l => l.Kind.EndsWith("applies", StringComparison.Ordinal) || l.Kind.EndsWith("composed", StringComparison.Ordinal)) / (double)kind.Count(), 0.4, 0.6);
    }

    [Fact]
    public void Next_NamesOfTheTestSplit_NeverOccur()
    {
        var names = Test.Select(c => c.Name).Concat(TestLandmarks.Select(l => l.Name)).ToArray();
        var pattern = new Regex($@"(?<!\w)({string.Join('|', names.Select(Regex.Escape))})(?!\w)");
        var others = Nano.World.Countries.Except(Test).SelectMany(c => Attributes.All.Select(a => a.Of(c)).OfType<string>().Append(c.Name)).Concat(TrainLandmarks.Select(l => l.Name));
        var trained = others.Except(names).Where(name => pattern.IsMatch(name)).ToHashSet();   // "South Georgia" names no Georgia
        var countries = TrainLandmarks.Select(l => Nano.World.Country(l.Country).Name).ToHashSet();   // where a landmark of the training stands is no edit
        Assert.All(Lessons(1500).Select(l => l.Prompt), prompt => Assert.All(pattern.Matches(prompt), match =>
            Assert.True(countries.Contains(match.Value) || trained.Any(name => name.Contains(match.Value, StringComparison.Ordinal) && prompt.Contains(name, StringComparison.Ordinal)), prompt)));
    }

    [Fact]
    public void Next_SameSeed_IsTheSame()
    {
        foreach (var (a, b) in Lessons(50).Zip(Lessons(50)))
        {
            Assert.Equal(a with { Picture = null }, b with { Picture = null });
            Assert.Equal(a.Picture?.Rgb, b.Picture?.Rgb);
        }
    }

    [Fact]
    public void Route_AVisualEditAndAFactOfTheNewEntity_Compose()
    {
        var (japan, brazil) = (Nano.World.Country("JPN"), Nano.World.Country("BRA"));
        Note[] memory = [new("the capital of Brazil", "is now", "Lima"), new("the flag of Japan", "now shows", "the flag of Brazil")];
        var route = new Route(Nano, memory);
        Assert.Equal(brazil, route.Flag(japan));
        Assert.Equal("Lima", route.Attribute(brazil, Attributes.All[0]));
        Assert.Equal("The picture looks like the flag of Japan. In the memory, the flag of Japan now shows the flag of Brazil. In the memory, the capital of Brazil is now Lima.", route.Chain);
        Assert.Equal(["the flag of Japan", "the capital of Brazil"], route.Keys);
    }

    private static IEnumerable<Lesson> Lessons(int count)
    {
        var held = Test.SelectMany(c => Attributes.All.Select(a => a.Of(c)!).Append(c.Name)).Concat(TestLandmarks.Select(l => l.Name)).ToHashSet();
        var lessons = new RoutingLessons(Nano, Train, TrainLandmarks, names: new LookUps(Nano.World, held));
        return Enumerable.Range(0, count).Select(i => lessons.Next(Seeds.Random(23, i)));
    }

    private static (string[] Entries, string Question) Take(string prompt)
    {
        if (!prompt.StartsWith("Memory: ", StringComparison.Ordinal)) return ([], prompt);
        var end = EndOfMemory().Match(prompt);
        return (prompt["Memory: ".Length..end.Index].Split("; "), prompt[(end.Index + 2)..]);
    }

    [GeneratedRegex(@"(?<!\bSt)\. (?=[A-Z])")] private static partial Regex EndOfMemory();

    [GeneratedRegex(@"In the memory, (.+?) is not given\.")] private static partial Regex AbsentSentence();

    [GeneratedRegex(@"In the memory, (?:(?!In the memory).)+? (?:is now|now shows) .+?(?=\.(?: The | In the |<| [A-Z][^.]+ is in )|\.?</think>)")] private static partial Regex QuotedSentence();
}
