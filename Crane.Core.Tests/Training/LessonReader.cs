using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Text;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests.Training;

/// <summary>Reads a lesson as a stranger would, from its words alone, and says what a right completion must be. Shares no code with what writes
/// lessons.</summary>
internal sealed partial class LessonReader(NanoWorld world)
{
    private readonly Dictionary<string, Landmark> landmarks = world.Landmarks.ToDictionary(l => l.Name);
    private readonly Dictionary<string, Country> countries = world.World.Countries.ToDictionary(c => c.Name);

    /// <summary>null, or what is wrong with the lesson.</summary>
    public string? Fault(Lesson lesson)
    {
        var reading = ReasoningParser.Parse(lesson.Completion, endedByEos: true);
        if (!reading.IsValid) return reading.Explanation;
        if (reading.Answer != lesson.Answer) return $"answer '{lesson.Answer}' is read as '{reading.Answer}'";
        var (entries, question) = Take(lesson.Prompt);
        var (core, options) = lesson.Form == QuestionForm.Choice ? Options(question) : (question, "");
        var (value, sentences) = Expected(lesson.Kind, entries, core, reading.Think!, lesson.Form);
        var answer = lesson.Form switch
        {
            QuestionForm.YesNo => Offers(core, value) ? "yes" : "no",
            QuestionForm.Choice => Regex.Count(options, $@"(?<!\w){Regex.Escape(value)}(?!\w)") >= 1 ? value : "one of the options",
            _ => value,
        };
        if (answer != lesson.Answer) return $"answer '{lesson.Answer}', expected '{answer}'";
        return sentences.FirstOrDefault(sentence => !reading.Think!.Contains(sentence, StringComparison.Ordinal)) is { } missing
            ? $"the chain lacks '{missing}'" : null;
    }

    /// <summary>What the chain says the picture shows.</summary>
    public static string? Shown(string completion) => ShownPattern().Match(completion) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The entries in front of a question, and the question.</summary>
    public static (string[] Entries, string Question) Take(string prompt)
    {
        if (!prompt.StartsWith("Note: ", StringComparison.Ordinal)) return ([], prompt);
        var end = EndOfNotes().Match(prompt);   // the first full stop before a capital, unless it is the one of "St."
        var notes = prompt["Note: ".Length..end.Index];
        return ((notes.EndsWith("D.C", StringComparison.Ordinal) ? notes + "." : notes).Split("; "), prompt[(end.Index + 2)..]);
    }

    /// <summary>A question with four answers behind it, taken apart.</summary>
    public static (string Question, string Options) Options(string question) => OptionList().Match(question) is { Success: true } match
        ? (match.Groups[1].Value, match.Groups[2].Value) : throw new InvalidOperationException($"No list of answers: {question}");

    private (string Answer, string[] Sentences) Expected(string kind, string[] entries, string question, string think, QuestionForm form) =>
        kind.Split('/') switch
    {
        ["look-up", "recital"] => Recital(entries, question),
        ["look-up", var which] => LookUp(entries, question, which.StartsWith("present", StringComparison.Ordinal)),
        ["text", "place"] => (CountryOf(Longest(landmarks.Keys, question)), []),
        ["text", "place-attribute"] => Fact(CountryOf(Longest(landmarks.Keys, question)), AttributeOf(question)),
        ["text", "capital"] => world.Countries.Single(c => Longest(world.Countries.Select(other => other.Capital[0]), question) == c.Capital[0]) is var c
            ? (c.Name, Fact(c.Name, AttributeOf(question)).Item2) : default,
        ["text", "fact"] => Fact(Subject(question, form), AttributeOf(question)),
        ["text", var which] => FactAfter(entries, Subject(question, form), AttributeOf(question), which.StartsWith("relevant", StringComparison.Ordinal)),
        [_, "unclear"] => entries.Length == 0 ? ("unclear", ["unclear"]) : ("no notes were expected", []),
        [var what, var which and ("relevant-fact" or "irrelevant-fact")] =>
            FactAfter(entries, CountryOf(Shown(think)!), AttributeOf(question), which == "relevant-fact"),
        [_, var asked] => Asked(asked, Shown(think)!, question),
        [_, var asked, "consistent-note"] => entries is [var note] && Named(note) == Shown(think) ? Asked(asked, Shown(think)!, question)
            : ("another note", []),
        [_, var asked, "contradicting-note"] => entries is [var note] && Named(note) != Shown(think)
            && think.Contains(", but the picture shows", StringComparison.Ordinal)
            ? Asked(asked, Shown(think)!, question) : ("another note", []),
        [_, var asked, "unclear-with-note"] => entries is [var note] && think.Contains("the picture is unclear", StringComparison.Ordinal)
            && Shown(think) is null
            ? Asked(asked, Named(note), question) : ("another note", []),
        _ => throw new InvalidOperationException($"A kind that this test does not know: {kind}."),
    };

    private static (string, string[]) Recital(string[] entries, string question)
    {
        var found = question["Tell me, in this order: ".Length..^1].Split("; ").Select(key => entries.Single(e => KeyOf(e) == key)).ToArray();
        return (ValueOf(found[^1]), [string.Join(' ', found.Select(e => Ended($"In the note, {e}")))]);
    }

    private static (string, string[]) LookUp(string[] entries, string question, bool present)
    {
        var asked = LookUpQuestion().Match(question);
        if (!asked.Success) return ($"a look-up was expected: {question}", []);
        var found = entries.Where(e => e.StartsWith(asked.Groups[1].Value + " " + asked.Groups[2].Value + " ", StringComparison.Ordinal)).ToArray();
        if (!present) return entries.Any(e => KeyOf(e) == asked.Groups[1].Value) ? ("given", []) : ("unclear", [$"{asked.Groups[1].Value} is not given."]);
        return found is [var entry] ? (ValueOf(entry), [Ended($"In the note, {entry}")]) : ("one entry was expected", []);
    }

    private (string, string[]) Asked(string asked, string believed, string question) => asked switch
    {
        "identity" => (believed, [believed]),
        "country" => (CountryOf(believed), [Ended($"{believed} is in {CountryOf(believed)}")]),
        "attribute" => Fact(CountryOf(believed), AttributeOf(question)),
        _ => throw new InvalidOperationException($"An unknown question: {asked}."),
    };

    private (string, string[]) FactAfter(string[] entries, string country, CountryAttribute attribute, bool relevant)
    {
        var key = $"the {attribute.Name} of {country}";
        var about = entries.Where(e => KeyOf(e) == key).ToArray();
        if (!relevant) return about.Length == 0 ? (Truth(country, attribute), [$"{key} is not given.", .. Fact(country, attribute).Item2])
            : ("an entry applies", []);
        return about is [var entry] && ValueOf(entry) != Truth(country, attribute) ? (ValueOf(entry), [Ended($"In the note, {entry}")])
            : ("one new value was expected", []);
    }

    private (string, string[]) Fact(string country, CountryAttribute attribute) =>
        (Truth(country, attribute), [Ended($"The {attribute.Name} of {country} is {Truth(country, attribute)}")]);

    private string Truth(string country, CountryAttribute attribute) => attribute.Name switch
    {
        "capital" => countries[country].Capital[0],
        "currency" => countries[country].Currencies[0],
        "region" => countries[country].Subregion,
        "language" => countries[country].Languages[0],
        _ => countries[country].Demonym,
    };

    private string CountryOf(string thing) => landmarks.TryGetValue(thing, out var landmark) ? world.World.Country(landmark.Country).Name : thing;

    /// <summary>The country that a question is about; "Is Mexico City the capital of Peru?" is not about Mexico.</summary>
    private string Subject(string question, QuestionForm form)
    {
        string? After(string words) => countries.Keys.Where(name => Regex.IsMatch(question, $@"\b({words}) {Regex.Escape(name)}(?!\w)"))
            .MaxBy(name => name.Length);
        return form != QuestionForm.YesNo ? Longest(countries.Keys, question) : After("of") ?? After("Does|For|that|whether")!;
    }

    /// <summary>Whether a question asks if something is a value: "Is Lima the capital of Peru?", "Tell me whether the capital of Peru is Lima."</summary>
    private static bool Offers(string question, string value) =>
        Regex.IsMatch(question, $@"(^Is|\b(that|whether)) {Regex.Escape(value)} (is )?the ")
            || question.TrimEnd('?', '.').EndsWith(" " + value.TrimEnd('.'), StringComparison.Ordinal);

    private static string Ended(string sentence) => sentence.EndsWith('.') ? sentence : sentence + ".";

    private static CountryAttribute AttributeOf(string question) => Attributes.All.Single(a => Regex.IsMatch(question, $@"\b{a.Name}\b"));

    private static string Longest(IEnumerable<string> names, string text) => names.Where(name => Regex.IsMatch(text, $@"(?<!\w){Regex.Escape(name)}(?!\w)"))
        .MaxBy(name => name.Length)!;

    private static string Named(string note) => note["the picture shows ".Length..].Replace("the flag of ", "", StringComparison.Ordinal);

    private static string KeyOf(string entry) => EntryParts().Match(entry).Groups[1].Value;

    private static string ValueOf(string entry) => EntryParts().Match(entry).Groups[2].Value;

    [GeneratedRegex(@"^(.+?[.?]) (?:Choose: |Choose one: |Is it )(.+)[.?]$")] private static partial Regex OptionList();

    [GeneratedRegex("^(.+?) (?:is now|now shows) (.+)$")] private static partial Regex EntryParts();

    [GeneratedRegex(@"(?<!\bSt)\. (?=[A-Z])")] private static partial Regex EndOfNotes();

    [GeneratedRegex(@"^So (.+) (is now|now shows) what\?$")] private static partial Regex LookUpQuestion();

    [GeneratedRegex(@"[Tt]he picture shows (?:the flag of )?(.+?)(?<!\bSt)\.(?= |$|<)")] private static partial Regex ShownPattern();
}
