namespace Crane.Core.Training.Pretraining;

/// <summary>Which forms of a question are drawn from.</summary>
public enum PhrasingSet
{
    /// <summary>Those of the training.</summary>
    Trained,

    /// <summary>Those of the training and those that its last stage adds.</summary>
    Wide,

    /// <summary>Those of the exam alone.</summary>
    HeldOut,
}

/// <summary>Ways to ask one thing: whole questions, and frames ("Please tell me …") around what is asked. A fifth of the framed forms and some whole
/// questions are kept for the exam: every word of them is trained, none of the sentences is.</summary>
public sealed class Phrasings
{
    private const int HeldOutOf = 5;
    private const double WholeShare = 0.4;

    private static readonly string[] ThingFrames =
    [
        "What is *?", "Tell me *.", "Please tell me *.", "Name *.", "Please name *.", "Give *.", "Please give *.", "Give me *.", "Say *.", "Do you know *?",
        "I want to know *.", "I would like to know *.", "Could you tell me *?", "Could you name *?", "Can you name *?", "Let me know *.",
    ];

    private static readonly string[] ClauseFrames =
    [
        "Tell me *.", "Please tell me *.", "Say *.", "Please say *.", "Do you know *?", "I want to know *.", "I would like to know *.", "Could you tell me *?",
        "Could you say *?", "Can you say *?", "Let me know *.",
    ];

    private static readonly string[] StatementFrames =
    [
        "Is it true that *?", "Is it right that *?", "Tell me whether *.", "Please tell me whether *.", "Say whether *.", "Please say whether *.",
        "Do you know whether *?",
        "I want to know whether *.", "I would like to know whether *.", "Could you tell me whether *?", "Can you say whether *?", "Let me know whether *.",
    ];

    private readonly string[] trainedWhole, heldOutWhole, trainedFrames, wideFrames, heldOutFrames;

    private Phrasings(string[] whole, string[] heldOut, string[] things, string[] clauses)
        : this(whole, heldOut, Framed(ThingFrames, things).Concat(Framed(ClauseFrames, clauses)), [])
    {
    }

    private Phrasings(string[] whole, string[] heldOut, string[] statements) : this(whole, heldOut, [], Framed(StatementFrames, statements))
    {
    }

    private Phrasings(string[] whole, string[] heldOut, IEnumerable<string> framed, IEnumerable<string> wide)
    {
        (trainedWhole, heldOutWhole) = (whole, heldOut);
        var (early, late) = (framed.Except([.. whole, .. heldOut]).ToLookup(IsHeldOut), wide.Except([.. whole, .. heldOut]).ToLookup(IsHeldOut));
        (trainedFrames, wideFrames, heldOutFrames) = ([.. early[false]], [.. early[false], .. late[false]], [.. early[true], .. late[true]]);
    }

    /// <summary>Forms of the training, with {a} for the attribute, {x} for what is asked about and {v} for a value.</summary>
    public IReadOnlyList<string> Trained => [.. trainedWhole, .. wideFrames];

    /// <summary>Forms of the exam alone.</summary>
    public IReadOnlyList<string> HeldOut => [.. heldOutWhole, .. heldOutFrames];

    /// <summary>Draws a form and fills it in.</summary>
    public string Ask(Random random, PhrasingSet set, string x = "", string attribute = "", string value = "")
    {
        var (whole, framed) = set == PhrasingSet.HeldOut ? (heldOutWhole, heldOutFrames) : (trainedWhole, set == PhrasingSet.Wide ? wideFrames : trainedFrames);
        var forms = framed.Length == 0 || random.NextDouble() < WholeShare ? whole : framed;
        var question = forms[random.Next(forms.Length)]
            .Replace("{a}", attribute, StringComparison.Ordinal).Replace("{v}", value, StringComparison.Ordinal).Replace("{x}", x, StringComparison.Ordinal);
        return char.ToUpperInvariant(question[0]) + question[1..];
    }

    /// <summary>An attribute of a country, which may itself be described ("the country with this flag").</summary>
    public static Phrasings Attribute { get; } = new(
        ["What is the {a} of {x}?", "Which {a} does {x} have?", "For {x}, what is the {a}?", "The {a} of {x} is what?", "Think of {x} and name the {a}.",
         "In the case of {x}, which is the {a}?"],
        ["What {a} does {x} have?", "For {x}, which is the {a}?"],
        ["the {a} of {x}", "the {a} that {x} has"],
        ["what the {a} of {x} is", "which {a} {x} has", "what {a} {x} has"]);

    /// <summary>Whose flag a picture shows.</summary>
    public static Phrasings Flag { get; } = new(
        ["Which country does this flag belong to?", "Whose flag is this?", "This is the flag of which country?", "What country has this flag?",
         "To which country does this flag belong?"],
        ["Which country has this flag?", "What country does this flag belong to?"],
        ["the country of this flag", "the country with this flag", "the country that has this flag", "the country that this flag belongs to",
         "the country whose flag this is"],
        ["which country this flag belongs to", "whose flag this is", "which country has this flag", "what country has this flag"]);

    /// <summary>What a photograph shows.</summary>
    public static Phrasings Landmark { get; } = new(
        ["What is this landmark?", "Which landmark is this?", "What is this landmark called?", "Which landmark does the picture show?",
         "This is which landmark?"],
        ["What landmark is this?", "What landmark does the picture show?"],
        ["this landmark", "the name of this landmark", "the landmark in the picture", "the landmark that the picture shows"],
        ["which landmark this is", "what this landmark is", "what this landmark is called", "which landmark the picture shows", "what landmark this is"]);

    /// <summary>Where a landmark stands, which may be "this landmark".</summary>
    public static Phrasings Place { get; } = new(
        ["In which country is {x}?", "Which country is {x} in?", "In which country does {x} stand?", "What country is {x} in?", "{x} is in which country?"],
        ["Which country does {x} stand in?", "In what country is {x}?"],
        ["the country of {x}", "the country where {x} is", "the country where {x} stands", "the country that {x} is in", "the country in which {x} stands"],
        ["which country {x} is in", "in which country {x} is", "in which country {x} stands", "what country {x} is in"]);

    /// <summary>An attribute that is a place: where {x} is. No lesson of the base asks this.</summary>
    public static Phrasings Placed { get; } = new(["In which {a} is {x}?", "Which {a} is {x} in?", "In which {a} does {x} stand?", "{x} is in which {a}?"],
        ["What {a} is {x} in?"],
        ["the {a} where {x} is", "the {a} that {x} is in"], ["in which {a} {x} is", "which {a} {x} is in"]);

    /// <summary>Which country has a capital, the one question that goes from a value back to its country.</summary>
    public static Phrasings CountryOfCapital { get; } = new(
        ["Which country has the capital {v}?", "{v} is the capital of which country?", "Of which country is {v} the capital?"],
        ["What country has the capital {v}?"],
        ["the country whose capital is {v}", "the country that has the capital {v}"],
        ["which country has the capital {v}", "what country has the capital {v}"]);

    /// <summary>A country described by its flag.</summary>
    public static IReadOnlyList<string> CountryOfFlag { get; } = ["the country with this flag", "the country that this flag belongs to",
        "the country of this flag", "the country that has this flag", "the country whose flag this is"];

    /// <summary>A country described by a landmark, which may be "this landmark".</summary>
    public static IReadOnlyList<string> CountryOfLandmark { get; } = ["the country of {x}", "the country where {x} stands", "the country that {x} is in",
        "the country in which {x} stands"];

    /// <summary>Whether an attribute has a value.</summary>
    public static Phrasings IsAttribute { get; } = new(["Is {v} the {a} of {x}?", "Is the {a} of {x} {v}?",
        "Does {x} have the {a} {v}?"], ["For {x}, is the {a} {v}?"],
        ["{v} is the {a} of {x}", "the {a} of {x} is {v}", "{x} has the {a} {v}"]);

    /// <summary>Whether a flag is a country's.</summary>
    public static Phrasings IsFlag { get; } = new(["Is this the flag of {v}?", "Does this flag belong to {v}?",
        "Does the picture show the flag of {v}?"], ["Is this flag the flag of {v}?"],
        ["this is the flag of {v}", "this flag belongs to {v}", "the picture shows the flag of {v}"]);

    /// <summary>Whether a photograph shows a landmark.</summary>
    public static Phrasings IsLandmark { get; } = new(["Is this landmark {v}?", "Does the picture show {v}?",
        "Is this {v}?"], ["Is the landmark in the picture {v}?"],
        ["this landmark is {v}", "the picture shows {v}", "this is {v}"]);

    /// <summary>Whether a landmark is in a country.</summary>
    public static Phrasings IsPlace { get; } = new(["Is {x} in {v}?", "Does {x} stand in {v}?",
        "Is {v} the country of {x}?"], ["Is {v} the country where {x} stands?"],
        ["{x} is in {v}", "{x} stands in {v}", "{v} is the country of {x}"]);

    private static IEnumerable<string> Framed(string[] frames, string[] things) =>
        frames.SelectMany(frame => things.Select(thing => frame.Replace("*", thing, StringComparison.Ordinal)));

    private static bool IsHeldOut(string form) => Hash(form) % HeldOutOf == 0;

    /// <summary>FNV-1a, so that the same forms are held out everywhere.</summary>
    private static uint Hash(string form)
    {
        var hash = 2_166_136_261u;
        foreach (var letter in form) hash = unchecked((hash ^ letter) * 16_777_619);
        return hash;
    }
}
