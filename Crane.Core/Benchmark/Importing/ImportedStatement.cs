using System.Text.RegularExpressions;

namespace Crane.Core.Benchmark.Importing;

/// <summary>An imported edit as a clause for methods that work through the prompt. A question that names what it asks ("What is the capital of Chad?") gives
/// the clause that the kit's own edits
/// have ("the capital of Chad is now Lima"), one that asks what a picture shows ("the picture shows Lima"); any other is quoted.</summary>
internal static partial class ImportedStatement
{
    /// <summary>The clause.</summary>
    /// <param name="question">Whose answer changes.</param>
    /// <param name="target">Its new answer.</param>
    /// <param name="old">Its old answer, or empty.</param>
    /// <param name="pictured">Whether it is asked about a picture.</param>
    public static string Of(string question, string target, string old, bool pictured)
    {
        if (Attribute(question) is { } match) return $"the {match.Groups["a"].Value} of {match.Groups["x"].Value} is now {target}";
        if (!pictured || !AsksWhatIsShown(question)) return $"{(pictured ? "for this picture, " : "")}the answer to \"{question}\" is now {target}";
        var flag = question.Contains("flag", StringComparison.OrdinalIgnoreCase) ? "the flag of " : "";
        return old.Length > 0 ? $"{flag}{old} now shows {flag}{target}" : $"the picture shows {flag}{target}";
    }

    /// <summary>Whether a question asks what a picture shows.</summary>
    public static bool AsksWhatIsShown(string question) => Attribute(question) is null && Identity().IsMatch(Plain(question));

    /// <summary>Of what a question asks an attribute, as the clause has it; null where it asks for none.</summary>
    public static string? SubjectOf(string question) => Attribute(question)?.Groups["x"].Value;

    private static Match? Attribute(string question) => ((Regex[])[AttributeOf(), WhichHas(), InWhich()]).Select(form => form.Match(Plain(question)))
        .FirstOrDefault(match => match.Success);

    private static string Plain(string question) => question.Trim().TrimEnd('?', '.', '!', ' ');

    /// <summary>"… the capital of Chad", "… what the capital of Chad is"; not "this is the flag of which country", nor a name.</summary>
    [GeneratedRegex(@"\bthe (?!name\b|flag\b)(?<a>[\w'’-]+(?: [\w'’-]+){0,2}?) of (?!which\b|what\b)(?<x>[^,]+?)(?: is)?$", RegexOptions.IgnoreCase)]
    private static partial Regex AttributeOf();

    /// <summary>"Which capital does Chad have".</summary>
    [GeneratedRegex(@"^(?:which|what) (?<a>[\w'’ -]+?) (?:does|do) (?<x>[^,]+?) have$", RegexOptions.IgnoreCase)]
    private static partial Regex WhichHas();

    /// <summary>"In which city is the Louvre", "Which city is the Louvre located in".</summary>
    [GeneratedRegex(@"^(?:in (?:which|what) (?<a>[\w'’-]+) (?:is|does) (?<x>[^,]+?)(?: located| stand| lie)?|(?:which|what) (?<a>[\w'’-]+) (?:is|does) (?<x>[^,]+?)(?: located| stand| lie)? in)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex InWhich();

    /// <summary>What the picture shows: "Whose flag is this", "Which country does this flag belong to", "What is this landmark called", "Who is shown in the
    /// picture", "Name this building".</summary>
    [GeneratedRegex(@"\bthis flag\b|\bflag is this\b|^(?:who|what|which(?: \w+){1,2}|what(?: \w+){1,2}) (?:is|does) (?:this|that|shown|pictured|the (?:picture|image|photo)|in the (?:picture|image|photo))\b|"
        + @"\b(?:name|identify) (?:of )?this\b|\bwhat this \w+ is\b|\bwhich \w+ this is\b", RegexOptions.IgnoreCase)]
    private static partial Regex Identity();
}
