using System.Text.RegularExpressions;
using Crane.Core.Benchmark;
using Crane.Core.Benchmark.Importing;
using Crane.Core.Model;
using Crane.Core.Text;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Words the entries of imported edits about pictures as the kit words its own: an entry names what the model itself believed before, or what it
/// recognises in the picture, since that
/// is what its chain will begin with. The model is asked once for each picture and kind of thing.</summary>
/// <param name="model">The untouched model.</param>
/// <param name="pictures">Loads the edits' pictures.</param>
public sealed partial class ImportedBeliefs(VisionLanguageModel model, BenchmarkPictures pictures)
{
    private const string OfFlag = "Which country does this flag belong to?", OfLandmark = "What is this landmark?",
        OfPlace = "In which country is this landmark?";

    /// <summary>The edits with their entries worded; those that state their own knowledge, or nothing about a picture, are left as they are.</summary>
    public IReadOnlyList<BenchmarkEdit> Word(IReadOnlyList<BenchmarkEdit> edits, CancellationToken cancellationToken = default)
    {
        var asked = edits.Select(edit => (Edit: edit, Question: Asked(edit))).Where(item => item.Question is not null).ToList();
        var responses = new Responder(model).Ask([.. asked.Select(item => (new Question(item.Question!, pictures.Load(item.Edit.Picture!)), 0))], null,
            cancellationToken);
        var said = asked.Zip(responses, (item, response) => (item.Edit.Id, ReasoningParser.Parse(response.Text, response.EndedByEos).Answer))
            .Where(item => item.Answer is { Length: > 0 })
            .ToDictionary(item => item.Id, item => item.Answer!);
        return [.. edits.Select(edit => said.TryGetValue(edit.Id, out var belief) ? Worded(edit, belief) : edit)];
    }

    /// <summary>What the model is asked about the picture of an edit; null where nothing is.</summary>
    internal static string? Asked(BenchmarkEdit edit)
    {
        if (edit.Picture is null || edit.Statement != ImportedStatement.Of(edit.Question, edit.Target, edit.OldAnswer, pictured: true)) return null;
        if (ImportedStatement.AsksWhatIsShown(edit.Question)) return edit.Question;
        return ImportedStatement.SubjectOf(edit.Question) is not { } subject ? null : Flag().IsMatch(subject) ? OfFlag : Country().IsMatch(subject) ? OfPlace
            : Thing().IsMatch(subject) ? OfLandmark : null;
    }

    private static BenchmarkEdit Worded(BenchmarkEdit edit, string belief)
    {
        if (!ImportedStatement.AsksWhatIsShown(edit.Question))
            return edit with { Statement = edit.Statement.Replace($" of {ImportedStatement.SubjectOf(edit.Question)} is now ", $" of {belief} is now ",
                StringComparison.Ordinal) };
        return edit with { OldAnswer = edit.OldAnswer.Length > 0 ? edit.OldAnswer
            : belief, Statement = ImportedStatement.Of(edit.Question, edit.Target, belief, pictured: true) };
    }

    [GeneratedRegex(@"\bthis flag\b|\bflag is this\b", RegexOptions.IgnoreCase)]
    private static partial Regex Flag();

    [GeneratedRegex(@"\bcountry\b.*\bthis\b", RegexOptions.IgnoreCase)]
    private static partial Regex Country();

    [GeneratedRegex(@"^(?:this|the) (?:landmark|building|place|monument|structure)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Thing();
}
