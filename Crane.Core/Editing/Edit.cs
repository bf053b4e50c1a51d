using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>A piece of knowledge to be changed.</summary>
/// <param name="Id">Names the edit.</param>
/// <param name="Question">The question whose answer changes, with its picture if it is a visual edit.</param>
/// <param name="Target">The new answer.</param>
/// <param name="Note">The change as a sentence for methods that work through the prompt, for example "Note: the picture shows the flag of Brazil."</param>
public sealed record Edit(string Id, Question Question, string Target, string Note)
{
    /// <summary>This edit, or an exception that names what is missing.</summary>
    /// <exception cref="ArgumentException">Id, question or target is empty.</exception>
    public Edit Checked()
    {
        if (string.IsNullOrWhiteSpace(Id)) throw new ArgumentException("An edit needs an id.");
        if (string.IsNullOrWhiteSpace(Question.Text)) throw new ArgumentException($"Edit '{Id}': the question is empty.");
        if (string.IsNullOrWhiteSpace(Target)) throw new ArgumentException($"Edit '{Id}': the target is empty.");
        return this;
    }
}
