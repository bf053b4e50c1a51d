using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;

namespace Crane.Core.Editing;

/// <summary>Chooses the entries of a prompt among the edits in force.</summary>
/// <param name="question">What is asked.</param>
/// <param name="inForce">The edits in force, in the order in which they came.</param>
public delegate IReadOnlyList<Edit> EntryChoice(Question question, IReadOnlyList<Edit> inForce);

/// <summary>Settings of <see cref="CraneEditor"/>.</summary>
public sealed record CraneEditorConfig;

/// <summary>CRANE: no weight is changed by an edit. Edits live beside the model; those that matter stand in front of the question, and the model, trained once
/// (<see cref="Training.Routing.CraneRecipe"/>), decides which of them apply. A visual entry names what the model itself sees in the edit's picture, so that it
/// can compare.</summary>
/// <param name="model">The trained model.</param>
/// <param name="choose">Which edits stand in the prompt; null: all that are in force.</param>
public sealed class CraneEditor(VisionLanguageModel model, EntryChoice? choose = null) : PromptEditor("CRANE", new CraneEditorConfig())
{
    private const string Shows = "The picture shows ", Label = "Note: ";

    private readonly Dictionary<string, string> entries = [];

    /// <inheritdoc/>
    public override Question Prompt(Question question)
    {
        var chosen = InForce.Count == 0 ? [] : choose?.Invoke(question, InForce) ?? InForce;
        return CranePrompt.Write(question, [.. chosen.Select(Entry)]);
    }

    /// <summary>An edit as it stands in prompts: "the flag of Japan now shows Brazil", "the capital of Chad is now Lima".</summary>
    /// <exception cref="InvalidDataException">The model reads nothing in the picture of a visual edit.</exception>
    public string Entry(Edit edit)
    {
        if (edit.Kind == EditKind.Textual)
            return CranePrompt.Entry((edit.Note.StartsWith(Label, StringComparison.Ordinal) ? edit.Note[Label.Length..] : edit.Note).TrimEnd('.'));
        if (!entries.TryGetValue(edit.Id, out var entry))
            entries[edit.Id] = entry = $"{Seen(edit)} now shows {edit.Target}";
        return entry;
    }

    /// <summary>What the model says that the picture shows, with no edit in front.</summary>
    private string Seen(Edit edit)
    {
        var completion = model.Generate([edit.Question])[0];
        var think = ReasoningParser.Parse(completion.Text, completion.Tokens.Finish == FinishReason.Stop).Think ?? "";
        var sentence = Evaluation.Grounding.Clauses.Sentences(think).FirstOrDefault(s => s.StartsWith(Shows, StringComparison.Ordinal))
            ?? throw new InvalidDataException($"Edit '{edit.Id}': the model reads nothing in the picture (it wrote '{completion.Text}'), so an entry has no subject; a clearer picture is needed.");
        return sentence[Shows.Length..].TrimEnd('.');
    }

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        base.Insert(edits, cancellationToken);
        foreach (var edit in edits)
        {
            entries.Remove(edit.Id);
            Entry(edit);
        }
    }
}
