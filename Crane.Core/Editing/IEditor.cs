using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>Puts edits in force and takes them back. After <see cref="Revoke"/> the system is as if the edit had never been applied; once no edit is left,
/// every
/// weight is bit for bit what it was before the first.</summary>
/// <remarks>One caller at a time. Methods that change weights own the weights they touch while an edit is in force. Disposing takes every edit back: dispose
/// the editor
/// before its model.</remarks>
public interface IEditor : IDisposable
{
    /// <summary>The field's name of the method, for tables.</summary>
    string Name { get; }

    /// <summary>The edits in force, in the order in which they came.</summary>
    IReadOnlyList<Edit> InForce { get; }

    /// <summary>Puts edits in force together: one edit, or a batch. Sequential editing is repeated calls.</summary>
    /// <param name="edits">At least one; all of them come into force, or none.</param>
    /// <param name="cancellationToken">Checked at every step of the method.</param>
    /// <returns>What it cost.</returns>
    /// <exception cref="ArgumentException">An edit is incomplete or does not fit the model, or one of this id is in force; nothing was changed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was changed.</exception>
    EditReport Apply(IReadOnlyList<Edit> edits, CancellationToken cancellationToken = default);

    /// <summary>Puts one edit in force.</summary>
    /// <inheritdoc cref="Apply(IReadOnlyList{Edit}, CancellationToken)"/>
    EditReport Apply(Edit edit, CancellationToken cancellationToken = default);

    /// <summary>Takes an edit back. The edit that came last is restored from a copy; any other is taken out by restoring the state before it and applying
    /// those that came
    /// later again in their order, so that what stays is what would be there without it.</summary>
    /// <exception cref="KeyNotFoundException">No edit of this id is in force; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The model was changed by someone else since; nothing was changed.</exception>
    void Revoke(string id);

    /// <summary>Takes all edits back at once.</summary>
    /// <exception cref="InvalidOperationException">The model was changed by someone else since; nothing was changed.</exception>
    void RevokeAll();

    /// <summary>What the edited system hands to the model for a question; the question itself where the prompt is not used.</summary>
    Question Prompt(Question question);

    /// <summary>The model that answers a question: <paramref name="model"/>, except for methods that keep a second one.</summary>
    VisionLanguageModel Route(VisionLanguageModel model, Question question) => model;

    /// <summary>Writes the edits in force, their pictures, and all that they changed, to one safetensors file.</summary>
    void Save(string file);

    /// <summary>Puts the saved edits in force again without computing them anew.</summary>
    /// <exception cref="InvalidOperationException">An edit is in force here.</exception>
    /// <exception cref="InvalidDataException">The file is of another method, other settings, or another model; nothing was changed.</exception>
    void Load(string file);
}

/// <summary>What an application cost.</summary>
/// <param name="Edits">How many edits it put in force.</param>
/// <param name="Seconds">Wall-clock time.</param>
/// <param name="ProcessorSeconds">Time by the processor's clock, all threads of the process together: what else runs on the machine does not count.</param>
/// <param name="ParametersTouched">Weights of the model that may differ from the untouched model, or of an adapter beside it; 0 where none does.</param>
/// <param name="BytesPerEdit">Bytes that the editor holds or has changed, divided by the edits in force.</param>
public sealed record EditReport(int Edits, double Seconds, double ProcessorSeconds, long ParametersTouched, double BytesPerEdit);
