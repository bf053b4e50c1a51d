using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Benchmark.Importing;
using Crane.Core.Vision;

namespace Crane.Core.Memory.Learning;

/// <summary>Edits of a benchmark as entries of the two libraries, and what truly applies to a query.</summary>
public static partial class BenchmarkEntries
{
    private const string Shows = " now shows ", IsNow = " is now ", Quoted = "the answer to \"";

    /// <summary>An edit as an entry without keys. Its old belief is left to the model.</summary>
    public static EditEntry Of(BenchmarkEdit edit) => new()
    {
        Id = edit.Id, Modality = edit.Picture is null ? Modality.Textual : Modality.Visual, Subject = Subject(edit), Question = edit.Question,
        NewValue = edit.Target,
        Provenance = "ReasonEdit-Bench", Chain = Chain(edit) is { } words ? Sentence(words) : null,
    };

    /// <summary>Puts edits into a memory.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="edits">Of one series, or they contradict each other.</param>
    /// <param name="pictures">Loads their pictures.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public static Task<IReadOnlyList<EditEntry>> AddAsync(EditMemory memory, IEnumerable<BenchmarkEdit> edits, BenchmarkPictures pictures,
        CancellationToken cancellationToken = default) =>
        memory.AddAsync([.. edits.Select(edit => (Of(edit), edit.Picture is null ? null : pictures.Load(edit.Picture)))], cancellationToken);

    /// <summary>What a picture of the world is of: the same for all drawings of a flag and all photographs of a landmark. A picture from elsewhere is
    /// itself.</summary>
    public static string Thing(PictureRef picture) => picture.File.Split('/') switch
    {
        ["flags", _, var flag] => "flag " + Path.GetFileNameWithoutExtension(flag),
        ["landmarks", var photograph] => "landmark " + Number().Replace(Path.GetFileNameWithoutExtension(photograph), ""),
        _ => picture.File,
    };

    /// <summary>The edit of a library that speaks about a picture, or null.</summary>
    public static BenchmarkEdit? Right(IEnumerable<BenchmarkEdit> library, PictureRef picture) =>
        library.FirstOrDefault(edit => edit.Picture is { } key && Thing(key) == Thing(picture));

    /// <summary>The edit of a library that overwrites a sentence of a chain, or null. The chain's own words decide where it goes on from something; of a
    /// question in words with
    /// one step, the question's words do, since the model misspells names that it does not know.</summary>
    /// <param name="library">Textual edits.</param>
    /// <param name="question">The question.</param>
    /// <param name="sentence">The sentence.</param>
    /// <param name="alone">Whether it is the only sentence of a question without a picture.</param>
    public static BenchmarkEdit? Right(IEnumerable<BenchmarkEdit> library, string question, string sentence, bool alone) =>
        library.FirstOrDefault(edit => edit.Attribute is { } attribute
        && (alone ? edit.Kind == "place" ? Names(question, edit.Subject) && !Attributes.All.Any(a => Names(question, a.Name))
            : Asks(question, attribute, edit.Subject)
            : sentence.StartsWith(edit.Kind == "place" ? $"{edit.Subject} is in " : $"The {attribute} of {edit.Subject} is ", StringComparison.Ordinal)));

    /// <summary>What a textual edit is about is what its question names: some imported sets name the old answer as the subject.</summary>
    private static string Subject(BenchmarkEdit edit) => edit.Picture is not null || edit.Question.Contains(edit.Subject, StringComparison.OrdinalIgnoreCase)
        ? edit.Subject : ImportedStatement.SubjectOf(edit.Question) ?? edit.Subject;

    /// <summary>The edit's sentence in a chain; null where an imported set gives none, but quotes its question.</summary>
    private static string? Chain(BenchmarkEdit edit) =>
        edit.Picture is not null && edit.Statement.IndexOf(Shows, StringComparison.Ordinal) is >= 0 and var at
            ? $"The picture shows {edit.Statement[(at + Shows.Length)..]}"
        : edit.Kind == "place" ? $"{edit.Subject} is in {edit.Target}"
        : edit.Attribute is not null ? $"The {edit.Attribute} of {edit.Subject} is {edit.Target}"
        : edit.Statement.Contains(Quoted, StringComparison.Ordinal) || !edit.Statement.EndsWith(edit.Target, StringComparison.Ordinal) ? null
        : $"{char.ToUpperInvariant(edit.Statement[0])}{edit.Statement[1..].Replace(IsNow, " is ", StringComparison.Ordinal)}";

    private static string Sentence(string words) => words.EndsWith('.') ? words : words + ".";

    /// <summary>Whether a question of the benchmark's forms asks for an attribute of a subject: a name among the options, or inside another name, does not
    /// count.</summary>
    private static bool Asks(string question, string attribute, string subject) => Regex.Escape(subject) is var x
        && Regex.IsMatch(question, $@"\b(the {attribute} of {x}(\?|\.| is\b)|{attribute} does {x} have\b|Does {x} have the {attribute}\b)",
            RegexOptions.CultureInvariant);

    private static bool Names(string text, string name) => Regex.IsMatch(text, $@"(?<![\w-]){Regex.Escape(name)}(?![\w-])", RegexOptions.CultureInvariant);

    [GeneratedRegex(@"-\d+$")]
    private static partial Regex Number();
}
