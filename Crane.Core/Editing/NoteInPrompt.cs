using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>A method that changes nothing but the prompt; its state is the list of edits.</summary>
/// <param name="name">The field's name of the method.</param>
/// <param name="config">The settings; a record.</param>
/// <param name="reader">The model that will read the prompts, against which edits are checked (context, special tokens); null: it is not known, and a prompt
/// that is too long fails when
/// it is read.</param>
public abstract class PromptEditor(string name, object config, VisionLanguageModel? reader = null) : Editor(name, reader, config)
{
    private readonly VisionLanguageModel? reader = reader;

    /// <inheritdoc/>
    protected override TargetForm Form => TargetForm.Answer;

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (reader is null) return;
        foreach (var edit in edits)
        {
            var (length, context) = (reader.Prompts.Encode(edit.Question with { Text = $"{edit.Note} {edit.Question.Text}" }).Ids.Length,
                reader.Model.Config.Text.MaxPositionEmbeddings);
            if (length > context) throw new ArgumentException($"Edit '{edit.Id}': note and question have {length} tokens, the model's context is {context}.",
                nameof(edits));
        }
    }

    /// <inheritdoc/>
    protected override Dictionary<string, Tensor> Capture() => [];

    /// <inheritdoc/>
    protected override void Restore(IReadOnlyDictionary<string, Tensor> state) { }
}

/// <summary>How alike two questions are; higher is nearer.</summary>
/// <param name="query">The question that is asked.</param>
/// <param name="entry">The question of an edit.</param>
public delegate double Similarity(Question query, Question entry);

/// <summary>Settings of <see cref="NoteInPrompt"/>.</summary>
public sealed record NoteInPromptConfig
{
    /// <summary>Most notes in a prompt; null: all that are in force.</summary>
    public int? K { get; init; }

    /// <summary>Notes of edits less alike than this stay out; null: none does.</summary>
    public double? Threshold { get; init; }

    /// <summary>For the nano model: the nearest note.</summary>
    public static NoteInPromptConfig Nano { get; } = new() { K = 1 };
}

/// <summary>RAG without training: the notes of the edits nearest to the question stand in front of it, in the order of the edits.</summary>
/// <param name="config">null: every note in force.</param>
/// <param name="similarity">Orders the edits; null: all are alike.</param>
/// <param name="reader">See <see cref="PromptEditor"/>.</param>
public sealed class NoteInPrompt(NoteInPromptConfig? config = null, Similarity? similarity = null, VisionLanguageModel? reader = null)
    : PromptEditor("RAG", config ?? new(), reader)
{
    private readonly NoteInPromptConfig config = config ?? new();

    /// <inheritdoc/>
    public override Question Prompt(Question question)
    {
        var all = config.Threshold is null && !(InForce.Count > config.K);   // nothing to choose: nobody has to compare
        var notes = InForce.Select((edit, order) => (edit.Note, order, Score: all ? 0 : similarity?.Invoke(question, edit.Question) ?? 0))
            .Where(note => !(note.Score < config.Threshold))
            .OrderByDescending(note => note.Score).Take(config.K ?? int.MaxValue).OrderBy(note => note.order).Select(note => note.Note).ToList();
        return notes.Count == 0 ? question : question with { Text = $"{string.Join(' ', notes)} {question.Text}" };
    }
}
