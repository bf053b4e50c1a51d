using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Text;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Rewards;
using Crane.Core.Training.Routing;

namespace Crane.Core.Tests.Training.Routing;

public partial class RoutingLessonTests
{
    private static readonly NanoWorld Nano = Worlds.Nano;
    private static readonly RoutingPool Pool = RoutingPool.Of(Nano, "train");

    [Fact]
    public void Next_EverySentenceOfTheChain_IsTrueOfTheMemoryOrOfTheWorld() =>
        Assert.All(Lessons(1500), lesson =>
        {
            var (entries, _) = Take(lesson.Prompt);
            Assert.True(ReasoningParser.Parse(lesson.Completion, endedByEos: true).IsValid, lesson.Completion);
            foreach (Match absent in AbsentSentence().Matches(lesson.Completion))
                Assert.DoesNotContain(entries, e => Regex.IsMatch(e, $"^{Regex.Escape(absent.Groups[1].Value)} (is now|now shows) "));
            foreach (Match quoted in QuotedSentence().Matches(lesson.Completion))
                Assert.Contains(entries, e => $"In the note, {e}".TrimEnd('.') == quoted.Value.TrimEnd('.'));
        });

    [Fact]
    public void Next_AnswerOfAnOpenQuestion_IsTheLastThingTheChainArrivesAt() =>
        Assert.All(Lessons(1500).Where(lesson => lesson.Form == QuestionForm.Open), lesson =>
        {
            var think = ReasoningParser.Parse(lesson.Completion, endedByEos: true).Think!;
            var present = think.Split("In the note, ")[^1].Contains(" is not given.", StringComparison.Ordinal);
            var last = think.TrimEnd('.');
            Assert.True(last.EndsWith(lesson.Answer.TrimEnd('.'), StringComparison.Ordinal) || present
                && think.Contains(lesson.Answer, StringComparison.Ordinal), lesson.Completion);
        });

    [Fact]
    public void Next_Shares_HalfMeetAnEditThatAppliesWhateverTheQuestion()
    {
        foreach (var kind in AllTasks(6000).Where(l => !l.Kind.Contains("-open/", StringComparison.Ordinal)).GroupBy(l => l.Kind[..l.Kind.LastIndexOf('/')]))
            Assert.InRange(kind.Count(l => l.Kind.EndsWith("applies", StringComparison.Ordinal) || l.Kind.EndsWith("composed", StringComparison.Ordinal))
                / (double)kind.Count(), 0.4, 0.6);
    }

    [Fact]
    public void Next_NothingOfTheOtherSplits_IsEditedOrLedTo()
    {
        foreach (var split in (string[])["dev", "test"])
        {
            var edits = BenchmarkFile.Shipped(split);
            var subjects = edits.Select(e =>
                e.Statement[..Math.Max(e.Statement.IndexOf(" now shows ", StringComparison.Ordinal),
                e.Statement.IndexOf(" is now ", StringComparison.Ordinal))]).ToHashSet();
            var values = edits.Select(e => e.Target).ToHashSet();
            var names = edits.Select(e => e.Subject).ToHashSet();
            Assert.All(Tasks(1500).SelectMany(t => t.Context.Entries), entry =>
            {
                Assert.DoesNotContain(entry.Note.Key, subjects);
                Assert.DoesNotContain(entry.Note.Value, values);
                Assert.DoesNotContain(entry.Note.Key[(entry.Note.Key.IndexOf(" of ", StringComparison.Ordinal) is >= 0 and var at
                    && entry.Note.Key.StartsWith("the ", StringComparison.Ordinal) ? at + 4 : 0)..], names);
            });
        }
    }

    [Fact]
    public void Checklist_SaysOfEachKeyWhatTheMemoryHas()
    {
        var lookUps = new LookUps(Nano.World, Pool.Others);
        Assert.All(Enumerable.Range(0, 400).Select(i => lookUps.Checklist(Seeds.Random(3, i))), lesson =>
        {
            var (entries, question) = Take(lesson.Prompt);
            var keys = question["Tell me, in this order: ".Length..^1].Split("; ");
            var expected = keys.Select(key =>
                entries.FirstOrDefault(e => e.StartsWith(key + " is now ", StringComparison.Ordinal)
                || e.StartsWith(key + " now shows ", StringComparison.Ordinal)) is { } entry
                ? Note.Sentence($"In the note, {entry.TrimEnd('.')}") : Note.Absent(key)).ToArray();
            Assert.Equal($"<think>{string.Join(' ', expected)}</think>",
                lesson.Completion[..(lesson.Completion.IndexOf("</think>", StringComparison.Ordinal) + 8)].Replace("..", ".", StringComparison.Ordinal));
            Assert.EndsWith(" " + lesson.Answer.TrimEnd('.'), expected[^1].TrimEnd('.'));
        });
    }

    [Fact]
    public void Next_TheRightChain_EarnsTheWholeReward() => Assert.All(Tasks(1500), task =>
    {
        var reward = CognitiveRoutingReward.Default;
        var score = reward.Score(task.Context, ReasoningParser.Parse(task.Lesson.Completion, endedByEos: true));
        Assert.True(Math.Abs(reward.Terms.Where(t => score.Parts[t.Name] is not null).Sum(t => t.Weight) - score.Total) < 1e-9,
            $"{task.Lesson.Prompt} {task.Lesson.Completion} {string.Join(", ", score.Parts)}");
    });

    [Theory]
    [InlineData(RoutingTopics.Flags, "flag/")]
    [InlineData(RoutingTopics.Landmarks, "landmark/")]
    [InlineData(RoutingTopics.Text, "text/")]
    public void Next_OneTopic_AsksAboutNothingElse(RoutingTopics topic, string kind)
    {
        var lessons = Source(topic);
        Assert.All(Enumerable.Range(0, 100).Select(i => lessons.Next(Seeds.Random(4, i))), task => Assert.StartsWith(kind, task.Kind));
    }

    [Fact]
    public void Next_OpenAttributes_AreToldByTheMemoryOrBreakOff()
    {
        var open = AllTasks(3000).Where(task => task.Kind.Contains("-open/", StringComparison.Ordinal)).ToList();
        Assert.InRange(open.Count / 3000.0, 0.15, 0.25);
        Assert.InRange(open.Count(task => task.IsAnswerable) / (double)open.Count, 0.3, 0.6);
        Assert.All(open, task =>
        {
            if (!task.IsAnswerable) Assert.Contains("is not given. ", task.Think, StringComparison.Ordinal);
            else if (task.Form == QuestionForm.Open) Assert.Contains(task.Context.Entries, entry => entry.Applies && entry.Note.Value == task.Answer);
        });
        Assert.True(open.Select(task => task.Context.Entries.FirstOrDefault(e => e.Applies)?.Note.Key.Split(" of ")[0]).Distinct().Count() > open.Count / 5);
    }

    /// <summary>The out-of-distribution set asks for these: no lesson may.</summary>
    [Fact]
    public void OpenAttributes_TheWordsOfTheHeldOutSet_AreNeverDrawn()
    {
        var held = new Regex(@"\b(internet|domain|calling|iso|code|area|neighbour\w*|border\w*|city|continent|landlocked)\b", RegexOptions.IgnoreCase);
        Assert.All(Enumerable.Range(0, 20000), i => Assert.DoesNotMatch(held, OpenAttributes.Next(Seeds.Random(9, i)).Name));
    }

    [Fact]
    public void AnyNames_Spliced_JoinPiecesOfAllNamesAndAreNoneOfThem()
    {
        var (whole, names) = (new LookUps(Nano.World), new AnyNames(new LookUps(Nano.World, Pool.Others), new LookUps(Nano.World)));
        var drawn = Enumerable.Range(0, 4000).Select(i => names.Next(Seeds.Random(31, i))).ToArray();
        Assert.All(drawn, name => Assert.DoesNotContain(name, Pool.Others));
        Assert.Contains(drawn, name => !whole.Has(name) && Pool.Others.Any(other => other.Length > 6 && name.StartsWith(other[..5], StringComparison.Ordinal)));
    }

    [Fact]
    public void Next_LessonsThatAreNotWide_AskOnlyWhatTheBenchmarkAsks()
    {
        var lessons = Source(wide: false);
        Assert.All(Enumerable.Range(0, 1000).Select(i => lessons.Next(Seeds.Random(23, i))), task =>
        {
            Assert.DoesNotContain("-open/", task.Kind, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Next_SupersededEntries_StandBeforeTheOneThatApplies()
    {
        var stale = Tasks(3000).Where(task => task.Context.Entries.GroupBy(e => e.Note.Key).Any(same => same.Count() > 1)).ToList();
        Assert.InRange(stale.Count / 3000.0, 0.02, 0.12);
        Assert.All(stale, task => Assert.All(task.Context.Entries.GroupBy(e => e.Note.Key).Where(same => same.Count() > 1), same =>
        {
            Assert.True(same.Last().Applies);
            Assert.All(same.SkipLast(1), entry => Assert.False(entry.Applies));
            Assert.DoesNotContain(same.First().Note.Text, task.Think, StringComparison.Ordinal);
        }));
    }

    [Fact]
    public void Route_OfTwoEntriesAboutOneThing_TheLaterIsInForce() =>
        Assert.Equal("Peru", new Route(Nano, [new("the flag of Japan", "now shows", "Brazil"), new("the flag of Japan", "now shows", "Peru")]).Flag("Japan"));

    [Fact]
    public void Pool_ASplitThatDoesNotExist_IsNamed() =>
        Assert.Contains("'trian'", Assert.Throws<ArgumentException>(() => RoutingPool.Of(Nano, "trian")).Message);

    [Fact]
    public void Next_WhatNobodyKnows_BreaksOffInTheChain()
    {
        var untold = AllTasks(600).Where(task => !task.IsAnswerable).ToList();
        Assert.NotEmpty(untold);
        Assert.All(untold, task =>
        {
            Assert.Equal("", task.Lesson.Answer);
            Assert.StartsWith("<think>", task.Lesson.Completion);
            Assert.DoesNotContain("</think>", task.Lesson.Completion);
            Assert.Matches(@" (is|is in)$", task.Lesson.Completion);
        });
    }

    [Fact]
    public void Next_WordsAboutNobodyThatNoEntryTells_AreLookedUpInVain()
    {
        var unheard = AllTasks(3000).Where(t => t.Kind is "text/place/untold" or "text/attribute/untold"
            && !t.Think.Contains(" is now ", StringComparison.Ordinal))
            .ToList();
        Assert.InRange(unheard.Count, 30, 300);
        Assert.All(unheard, task =>
        {
            Assert.StartsWith("Note: ", task.Lesson.Prompt);
            Assert.Matches(@"^In the note, (the \w+ of .+) is not given\. .+ is( in)?$", task.Think);
        });
    }

    [Fact]
    public void Next_WithoutMemory_IsAboutWhatTheWorldKnows()
    {
        var recall = new RoutingLessons(Nano, RoutingPool.Whole(Nano), new AnyNames(new LookUps(Nano.World)), mostDistractors: 0);
        Assert.All(Enumerable.Range(0, 500), i => Assert.True(recall.Next(Seeds.Random(29, i), applies: false).IsAnswerable));
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
        Note[] memory = [new("the capital of Brazil", "is now", "Lima"), new("the flag of Japan", "now shows", "Brazil")];
        var route = new Route(Nano, memory);
        Assert.Equal("Brazil", route.Flag("Japan"));
        Assert.Equal("Lima", route.Attribute("Brazil", Attributes.All[0]));
        Assert.Equal("The picture shows the flag of Japan. In the note, the flag of Japan now shows Brazil. In the note, the capital of Brazil is now Lima.",
            route.Chain);
        Assert.Equal(["the flag of Japan", "the capital of Brazil"], route.Keys);
        Assert.Equal(["Brazil", "Lima"], route.Path);
        Assert.Equal("the flag of Japan", route.Prior);
        Assert.Null(route.Missing);
    }

    [Fact]
    public void Route_AFactThatNobodyKnows_EndsTheWalk()
    {
        var route = new Route(Nano, [new("the flag of Japan", "now shows", "Zuran")]);
        Assert.Equal("", route.Attribute(route.Flag("Japan"), Attributes.All[0]));
        Assert.Equal("the capital of Zuran", route.Missing);
    }

    private static RoutingLessons Source(RoutingTopics topics = RoutingTopics.All, bool wide = true) =>
        new(Nano, Pool, new AnyNames(new LookUps(Nano.World, Pool.Others), new LookUps(Nano.World)), topics: topics, wide: wide);

    private static IEnumerable<RoutingTask> AllTasks(int count)
    {
        var lessons = Source();
        return Enumerable.Range(0, count).Select(i => lessons.Next(Seeds.Random(23, i)));
    }

    private static IEnumerable<RoutingTask> Tasks(int count) => AllTasks(count).Where(task => task.IsAnswerable);

    private static IEnumerable<Lesson> Lessons(int count) => Tasks(count).Select(task => task.Lesson);

    private static (string[] Entries, string Question) Take(string prompt)
    {
        if (!prompt.StartsWith("Note: ", StringComparison.Ordinal)) return ([], prompt);
        var end = EndOfMemory().Match(prompt);
        return (prompt["Note: ".Length..end.Index].Split("; "), prompt[(end.Index + 2)..]);
    }

    [GeneratedRegex(@"(?<!\bSt)\. (?=[A-Z])")] private static partial Regex EndOfMemory();

    [GeneratedRegex(@"In the note, (.+?) is not given\.")] private static partial Regex AbsentSentence();

    [GeneratedRegex(@"In the note, (?:(?!In the note).)+? (?:is now|now shows) .+?(?=\.(?: The | In the |<| [A-Z][^.]+ is in )|\.?</think>)")] private static partial Regex QuotedSentence();
}
