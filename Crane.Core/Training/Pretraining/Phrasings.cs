namespace Crane.Core.Training.Pretraining;

/// <summary>Which forms are drawn from.</summary>
public enum PhrasingSet
{
    /// <summary>Those of the training.</summary>
    Trained,

    /// <summary>Those of the training and those that its last stage adds.</summary>
    Wide,

    /// <summary>Those of the exam alone.</summary>
    HeldOut,
}

/// <summary>Ways to ask one thing. The last ones are never trained on: the exam asks them too.</summary>
/// <param name="Trained">Forms of the training, with {a} for the attribute and {x} for what is asked about.</param>
/// <param name="Wide">Further forms, which only the last stage of the training adds.</param>
/// <param name="HeldOut">Forms of the exam alone.</param>
public sealed record Phrasings(string[] Trained, string[] Wide, string[] HeldOut)
{
    /// <summary>Draws a form and fills it in.</summary>
    public string Ask(Random random, PhrasingSet set, string x = "", string attribute = "")
    {
        var forms = set switch { PhrasingSet.HeldOut => HeldOut, PhrasingSet.Wide => [.. Trained, .. Wide], _ => Trained };
        return forms[random.Next(forms.Length)].Replace("{a}", attribute, StringComparison.Ordinal).Replace("{x}", x, StringComparison.Ordinal);
    }

    /// <summary>An attribute of a country, which may itself be described ("the country with this flag").</summary>
    public static Phrasings Attribute { get; } = new(
        ["What is the {a} of {x}?", "Tell me the {a} of {x}.", "Name the {a} of {x}.", "Which {a} does {x} have?", "Please give the {a} of {x}.", "I want to know the {a} of {x}.",
         "Do you know the {a} of {x}?", "For {x}, what is the {a}?", "The {a} of {x} is what?", "Think of {x} and name the {a}.", "Say the {a} of {x}.", "In the case of {x}, which is the {a}?"],
        ["Could you name the {a} of {x}?", "Tell me which {a} {x} has.", "Say what the {a} of {x} is.", "Please say which {a} {x} has.", "What is the {a} that {x} has?", "Please name the {a} of {x}."],
        ["Give me the {a} of {x}.", "What {a} does {x} have?", "Please tell me the {a} of {x}."]);

    /// <summary>Whose flag a picture shows.</summary>
    public static Phrasings Flag { get; } = new(
        ["Which country does this flag belong to?", "Whose flag is this?", "This is the flag of which country?", "Name the country of this flag.", "What country has this flag?",
         "Tell me which country this flag belongs to.", "To which country does this flag belong?", "Do you know whose flag this is?", "Please name the country with this flag.", "Say which country has this flag."],
        ["Say whose flag this is.", "Please say which country this flag belongs to.", "I want to know whose flag this is.", "Do you know which country has this flag?", "Name the country that has this flag.", "Could you say whose flag this is?"],
        ["Tell me whose flag this is.", "Which country has this flag?", "Name the country that this flag belongs to."]);

    /// <summary>A country described by its flag.</summary>
    public static Phrasings CountryOfFlag { get; } = new(
        ["the country with this flag", "the country that this flag belongs to", "the country of this flag"],
        ["the country whose flag this is", "the country shown by this flag"],
        ["the country that has this flag"]);

    /// <summary>What a photograph shows.</summary>
    public static Phrasings Landmark { get; } = new(
        ["What is this landmark?", "Which landmark is this?", "Name this landmark.", "Tell me which landmark this is.", "Do you know this landmark?", "Please name this landmark.",
         "What is the name of this landmark?", "Say which landmark this is.", "Which landmark does the picture show?", "I want to know which landmark this is."],
        ["Say what this landmark is.", "Do you know what this landmark is?", "Please tell me which landmark this is.", "Tell me the name of this landmark.", "I want to know what this landmark is called.", "Name the landmark in the picture.", "Could you name this landmark?", "Please say what landmark this is."],
        ["Tell me what this landmark is.", "Say the name of this landmark.", "What landmark is this?"]);

    /// <summary>Where a landmark stands, which may be "this landmark".</summary>
    public static Phrasings Place { get; } = new(
        ["In which country is {x}?", "Which country is {x} in?", "Name the country where {x} stands.", "Tell me in which country {x} is.", "In which country does {x} stand?",
         "Do you know which country {x} is in?", "Please name the country of {x}.", "Say in which country {x} stands.", "I want to know the country of {x}.", "What is the country of {x}?"],
        ["Say which country {x} is in.", "Please tell me in which country {x} stands.", "Do you know the country of {x}?", "Could you name the country where {x} is?", "Name the country of {x}.", "I want to know in which country {x} is."],
        ["Tell me the country of {x}.", "Which country does {x} stand in?", "Name the country that {x} is in."]);

    /// <summary>A country described by a landmark, which may be "this landmark".</summary>
    public static Phrasings CountryOfLandmark { get; } = new(
        ["the country of {x}", "the country where {x} stands", "the country that {x} is in"],
        ["the country where {x} is", "the country in which {x} is"],
        ["the country in which {x} stands"]);
}
