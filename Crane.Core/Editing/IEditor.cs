using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>Puts edits in force and takes them back. After <see cref="Revoke"/> every weight is bit for bit what it was before <see cref="Apply"/>.</summary>
/// <remarks>One caller at a time.</remarks>
public interface IEditor
{
    /// <summary>Puts an edit in force.</summary>
    /// <exception cref="ArgumentException">The edit is incomplete, or one of this id is in force; nothing was changed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was changed.</exception>
    void Apply(Edit edit, CancellationToken cancellationToken = default);

    /// <summary>Takes an edit back.</summary>
    /// <exception cref="KeyNotFoundException">No edit of this id is in force; nothing was changed.</exception>
    void Revoke(string id);

    /// <summary>What the edited system hands to the model for a question; the question itself where only weights were changed.</summary>
    Question Prompt(Question question);
}
