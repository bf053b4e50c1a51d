using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>Changes no weight: the notes of all edits in force stand in front of every question.</summary>
public sealed class NoteInPrompt : IEditor
{
    private readonly List<Edit> inForce = [];

    /// <inheritdoc/>
    public void Apply(Edit edit, CancellationToken cancellationToken = default)
    {
        edit.Checked();
        if (inForce.Any(other => other.Id == edit.Id)) throw new ArgumentException($"Edit '{edit.Id}' is in force already; revoke it first.", nameof(edit));
        inForce.Add(edit);
    }

    /// <inheritdoc/>
    public void Revoke(string id)
    {
        if (inForce.RemoveAll(edit => edit.Id == id) == 0) throw new KeyNotFoundException($"No edit '{id}' is in force; in force are: {string.Join(", ", inForce.Select(edit => edit.Id))}.");
    }

    /// <inheritdoc/>
    public Question Prompt(Question question) => inForce.Count == 0 ? question : question with { Text = $"{string.Join(' ', inForce.Select(edit => edit.Note))} {question.Text}" };
}
