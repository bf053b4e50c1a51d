using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests.Training;

public class LessonTests
{
    private static readonly NanoWorld Nano = Worlds.Nano;
    private static readonly LookUps LookUps = new(Nano.World);

    public static TheoryData<string, PhrasingSet> Kinds()
    {
        var data = new TheoryData<string, PhrasingSet>();
        foreach (var kind in Draws(PhrasingSet.Trained).Keys)
            foreach (var set in Enum.GetValues<PhrasingSet>()) data.Add(kind, set);
        return data;
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Lesson_AnyDraw_IsConsistentWithItsPrompt(string kind, PhrasingSet set)
    {
        var reader = new LessonReader(Nano);
        var faults = Lessons(kind, set, 250).Select(lesson => (Lesson: lesson, Fault: reader.Fault(lesson))).Where(pair => pair.Fault is not null).ToList();
        Assert.True(faults.Count == 0,
            string.Join('\n', faults.Take(3).Select(f => $"{f.Lesson.Kind}: {f.Fault}\n  {f.Lesson.Prompt}\n  {f.Lesson.Completion}")));
    }

    [Fact]
    public void Reader_ASpoiltLesson_FindsTheFault()
    {
        var reader = new LessonReader(Nano);
        foreach (var kind in Draws(PhrasingSet.Trained).Keys)
        {
            var lesson = Lessons(kind, PhrasingSet.Trained, 1).Single();
            Assert.NotNull(reader.Fault(lesson with { Completion = lesson.Completion.Replace($"<answer>{lesson.Answer}</answer>", "<answer>Atlantis</answer>",
                StringComparison.Ordinal) }));
            if (lesson.Picture is null) Assert.NotNull(reader.Fault(lesson with { Completion = $"<think>No idea.</think><answer>{lesson.Answer}x</answer>" }));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Lesson_AnyDraw_HasAPictureWhereItSpeaksOfOneAndNoOpenPlace(string kind, PhrasingSet set) =>
        Assert.All(Lessons(kind, set, 30), lesson =>
        {
            Assert.Equal(kind.Contains("flag", StringComparison.Ordinal) || kind.Contains("landmark", StringComparison.Ordinal)
                || kind == "unclear", lesson.Picture is not null);
            Assert.DoesNotContain('{', lesson.Prompt + lesson.Completion);
        });

    [Theory, InlineData("flag", 0.9, 1), InlineData("flag/contradicting", 0.9, 1), InlineData("flag/consistent", 0.9, 1), InlineData("flag/unclear", 0, 0.25)]
    public void Flag_Picture_LooksLikeWhatTheChainSaysUnlessItIsUnclear(string kind, double least, double most)
    {
        var library = Nano.Countries.SelectMany(c => Nano.Pictures.Flags(c.Id).Select(flag => (c.Name, WorldPictures.Small(flag).Rgb))).ToArray();
        var lessons = Lessons(kind, PhrasingSet.Trained, 60).ToList();
        var named = lessons.Count(lesson => library.MinBy(item => NanoWorld.Distance(item.Rgb, lesson.Picture!.Rgb)).Name is var nearest
            && (LessonReader.Shown(lesson.Completion) ?? LessonReader.Shown(lesson.Prompt)) == nearest);
        Assert.InRange((double)named / lessons.Count, least, most);
        Assert.All(lessons, lesson => Assert.Equal((64, 48), (lesson.Picture!.Width, lesson.Picture.Height)));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Lesson_SameSeed_IsTheSame(string kind, PhrasingSet set)
    {
        foreach (var (a, b) in Lessons(kind, set, 10).Zip(Lessons(kind, set, 10)))
        {
            Assert.Equal(a with { Picture = null }, b with { Picture = null });
            Assert.Equal(a.Picture?.Rgb, b.Picture?.Rgb);
        }
        Assert.True(Lessons(kind, set, 10).Select(lesson => lesson.Prompt).Distinct().Count() > 3);
    }

    public static TheoryData<string> QuestionKinds() => new(Phrasing.Keys);

    [Theory, MemberData(nameof(QuestionKinds))]
    public void Phrasings_EachQuestion_HasManyFormsAndKeepsSomeForTheExam(string question)
    {
        var (trained, heldOut) = (Phrasing[question].Trained, Phrasing[question].HeldOut);
        Assert.True(trained.Count >= 3 && heldOut.Count >= 1);
        Assert.Distinct([.. trained, .. heldOut]);
        Assert.All([.. trained, .. heldOut], form =>
            Assert.True(form[^1] is '.' or '?' && (char.IsUpper(form[0]) || form[0] == '{') && !form.Contains('*'), form));
    }

    [Theory, MemberData(nameof(QuestionKinds))]
    public void Phrasings_HeldOut_UseNoWordThatTheTrainingLacks(string question)
    {
        static IEnumerable<string> Words(IEnumerable<string> forms) =>
            forms.SelectMany(form => Regex.Matches(form, @"[\w{}]+").Select(word => word.Value.ToLowerInvariant()));
        var trained = Phrasing.Values.SelectMany(p => Words(p.Trained)).ToHashSet();
        Assert.Empty(Words(Phrasing[question].HeldOut).Except(trained));
    }

    [Fact]
    public void Training_Prompts_NeverUseAPhrasingOfTheExam()
    {
        Regex[] Patterns(PhrasingSet set) =>
            [.. Phrasing.SelectMany(p => (set == PhrasingSet.HeldOut ? p.Value.HeldOut : p.Value.Trained).Select(form => Pattern(p.Key, form)))];
        IEnumerable<string> Asked(PhrasingSet set) => Draws(set).Keys.Where(kind => !IsLookUp(kind)).SelectMany(kind => Lessons(kind, set, 150))
            .Select(Question);
        var (trained, heldOut) = (Patterns(PhrasingSet.Wide), Patterns(PhrasingSet.HeldOut));
        Assert.All(Asked(PhrasingSet.Wide), question =>
            Assert.True(trained.Any(form => form.IsMatch(question)) && !heldOut.Any(form => form.IsMatch(question)), question));
        Assert.All(Asked(PhrasingSet.HeldOut), question =>
            Assert.True(heldOut.Any(form => form.IsMatch(question)) && !trained.Any(form => form.IsMatch(question)), question));
    }

    [Fact]
    public void Phrasing_WithAndWithoutNotes_DoesNotTellTheKind()
    {
        string[] Forms(string kind) => [.. Lessons(kind, PhrasingSet.Trained, 1500).Where(l => l.Kind.StartsWith("flag/identity", StringComparison.Ordinal))
            .Where(l => l.Form == QuestionForm.Open).Select(Question).Distinct().Order(StringComparer.Ordinal)];
        Assert.All((string[])["flag", "flag/consistent", "flag/contradicting", "flag/unclear"], kind =>
            Assert.InRange(Forms(kind).Intersect(Phrasings.Flag.Trained).Count() / (double)Phrasings.Flag.Trained.Count, 0.85, 1));
    }

    [Fact]
    public void Curriculum_Mixtures_NameKindsThatExistAndAreBalanced()
    {
        var known = Draws(PhrasingSet.Trained).Keys.Concat([Curriculum.Recall, Curriculum.Bind]).ToHashSet();
        Assert.All(Curriculum.Nano, stage => Assert.True(stage.Steps > 0 && stage.Mixture.All(kind => known.Contains(kind.Key) && kind.Value > 0), stage.Name));
        var random = new Random(5);
        var drawn = Enumerable.Range(0, 20_000).Select(_ => Curriculum.Draw(Curriculum.Nano[^1].Mixture, random)).ToLookup(kind => kind);
        var total = Curriculum.Nano[^1].Mixture.Values.Sum();
        Assert.All(Curriculum.Nano[^1].Mixture, kind => Assert.Equal(kind.Value / total, drawn[kind.Key].Count() / 20_000.0, 0.012));
        Assert.Equal(known.Except([Curriculum.Recall]).Order(), drawn.Select(kind => kind.Key).Order());   // the last stage has everything but the first drill
    }

    [Fact]
    public void LookUps_Draws_AreSpreadOverCountsAndAThirdIsAbsent()
    {
        var kinds = Lessons("look-up", PhrasingSet.Trained, 3000).CountBy(lesson => lesson.Kind).ToDictionary();
        Assert.Equal(6, kinds.Count);
        Assert.All(kinds, kind => Assert.InRange(kind.Value / 3000.0, kind.Key.Contains("absent", StringComparison.Ordinal) ? 0.09
            : 0.18, kind.Key.Contains("absent", StringComparison.Ordinal) ? 0.14 : 0.26));
    }

    private static bool IsLookUp(string kind) => kind is "look-up" or "recital";

    private static Dictionary<string, Phrasings> Phrasing { get; } = new()
    {
        ["attribute"] = Phrasings.Attribute, ["flag"] = Phrasings.Flag, ["landmark"] = Phrasings.Landmark, ["place"] = Phrasings.Place,
        ["capital"] = Phrasings.CountryOfCapital,
        ["is attribute"] = Phrasings.IsAttribute, ["is flag"] = Phrasings.IsFlag, ["is landmark"] = Phrasings.IsLandmark, ["is place"] = Phrasings.IsPlace,
    };

    private static string Question(Lesson lesson) => LessonReader.Take(lesson.Prompt).Question is var question && lesson.Form == QuestionForm.Choice
        ? LessonReader.Options(question).Question : question;

    private static Regex Pattern(string kind, string form)
    {
        static string Any(IEnumerable<string> names) => $"({string.Join('|', names.Select(Regex.Escape))})";
        var (place, landmarks) = (kind.EndsWith("place", StringComparison.Ordinal), Nano.Landmarks.Select(l => l.Name));
        var pattern = Regex.Escape(form).Replace(@"\{a}", Any(Attributes.All.Select(a => a.Name)), StringComparison.Ordinal)
            .Replace(@"\{v}", place ? Any(Nano.World.Countries.Select(c => c.Name)) : kind == "is landmark" ? Any(landmarks) : kind == "is flag"
                ? Any(Nano.World.Countries.Select(c => c.Name)) : "(?!it (true|right) ).+", StringComparison.Ordinal)
            .Replace(@"\{x}", place ? Any(["this landmark", .. landmarks]) : ".+", StringComparison.Ordinal);
        return new($"^(?i){pattern}$");
    }

    private static IReadOnlyDictionary<string, Func<Random, Lesson>> Draws(PhrasingSet set) =>
        Curriculum.Lessons(new WorldLessons(Nano, LookUps, set), LookUps);

    private static IEnumerable<Lesson> Lessons(string kind, PhrasingSet set, int count)
    {
        var draw = Draws(set)[kind];
        return Enumerable.Range(0, count).Select(i => draw(Seeds.Random(17, i)));
    }
}
