using Crane.Core.Model;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Routing;

/// <summary>An entry of a prompt.</summary>
/// <param name="Note">What it says.</param>
/// <param name="Applies">Whether a step of the right chain is about it.</param>
public sealed record MemoryEntry(Note Note, bool Applies);

/// <summary>What is known of a question before it is answered: all that a reward needs beside the completion.</summary>
/// <param name="Entries">The entries of the prompt, in its order.</param>
/// <param name="Answers">Accepted forms of the answer, at least one.</param>
/// <param name="Path">Entities that a right chain uses, in order; the answer's value last.</param>
/// <param name="Prior">What the picture shows before any edit, for example "the flag of Japan"; null without a picture.</param>
/// <param name="Foreign">Names that stand in the prompt and that a right chain does not use.</param>
/// <param name="Length">Characters of a right chain.</param>
public sealed record RoutingContext(IReadOnlyList<MemoryEntry> Entries, string[] Answers, string[] Path, string? Prior, string[] Foreign, int Length);

/// <summary>A question with its memory in front, and the right way to think about it.</summary>
/// <param name="Kind">What is asked and what the memory does, for example <c>flag/attribute/applies</c>.</param>
/// <param name="Question">As the model reads it.</param>
/// <param name="Context">What is known of it.</param>
/// <param name="Think">A right chain.</param>
/// <param name="Answer">The right answer.</param>
/// <param name="Form">How it asks.</param>
public sealed record RoutingTask(string Kind, Question Question, RoutingContext Context, string Think, string Answer, QuestionForm Form = QuestionForm.Open)
{
    /// <summary>Whether it has an answer. One without teaches how far a chain can go: copying and comparing names of which nothing else is known.</summary>
    public bool IsAnswerable => Answer.Length > 0;

    /// <summary>The task as a demonstration; without an answer it breaks off inside the chain.</summary>
    public Lesson Lesson => IsAnswerable ? Pretraining.Lesson.Of(Kind, Question.Text, Think, Answer, Question.Picture) with { Form = Form }
        : new(Kind, Question.Text, $"<think>{Think}", Question.Picture);
}
