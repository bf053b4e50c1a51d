using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>What an edit speaks about.</summary>
public enum EditKind
{
    /// <summary>A fact in words.</summary>
    Textual,

    /// <summary>What a picture shows.</summary>
    Visual,
}

/// <summary>A piece of knowledge to be changed.</summary>
/// <param name="Id">Names the edit.</param>
/// <param name="Question">The question whose answer changes, with its picture if it is a visual edit.</param>
/// <param name="Target">The new answer.</param>
/// <param name="Note">The change as a sentence for methods that work through the prompt, for example "Note: the picture shows the flag of Brazil."</param>
public sealed record Edit(string Id, Question Question, string Target, string Note)
{
    private readonly EditKind? kind;

    /// <summary>What it speaks about; where it is not said, a question with a picture is visual.</summary>
    public EditKind Kind { get => kind ?? (Question.Picture is null ? EditKind.Textual : EditKind.Visual); init => kind = value; }

    /// <summary>The words of the question that name the subject, for methods that write at its last token; null: a visual edit writes at the last picture
    /// token,
    /// a textual one at the last token of the question. EasyEdit: subject.</summary>
    public string? Subject { get; init; }

    /// <summary>The chain of thought that leads to the target in the model's own form, for <see cref="TargetForm.Chain"/>.</summary>
    public string? Chain { get; init; }

    /// <summary>This edit, or an exception that names what is missing.</summary>
    /// <exception cref="ArgumentException">Id, question or target is empty, or a visual edit has no picture.</exception>
    public Edit Checked()
    {
        if (string.IsNullOrWhiteSpace(Id)) throw new ArgumentException("An edit needs an id.");
        if (string.IsNullOrWhiteSpace(Question.Text)) throw new ArgumentException($"Edit '{Id}': the question is empty.");
        if (string.IsNullOrWhiteSpace(Target)) throw new ArgumentException($"Edit '{Id}': the target is empty.");
        if (Kind == EditKind.Visual && Question.Picture is null)
            throw new ArgumentException($"Edit '{Id}' is visual, but its question has no picture; load the picture, or make it a textual edit.");
        return this;
    }
}
