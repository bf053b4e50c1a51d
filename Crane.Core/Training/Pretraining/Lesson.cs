using Crane.Core.Vision;

namespace Crane.Core.Training.Pretraining;

/// <summary>One thing to learn: a question and how to think and answer.</summary>
/// <param name="Kind">What it teaches, for example <c>flag/contradicting-note</c>.</param>
/// <param name="Prompt">The user's words.</param>
/// <param name="Completion"><c>&lt;think&gt;…&lt;/think&gt;&lt;answer&gt;…&lt;/answer&gt;</c>.</param>
/// <param name="Picture">64 × 48 pixels, shown before the prompt, or null.</param>
/// <param name="Form">How it asks.</param>
public sealed record Lesson(string Kind, string Prompt, string Completion, Picture? Picture = null, QuestionForm Form = QuestionForm.Open)
{
    /// <summary>The expected answer; empty where the completion breaks off before it.</summary>
    public string Answer => !Completion.EndsWith("</answer>", StringComparison.Ordinal) ? ""
        : Completion[(Completion.IndexOf("<answer>", StringComparison.Ordinal) + 8)..^"</answer>".Length];

    /// <summary>A lesson whose completion has the form of the nano model.</summary>
    public static Lesson Of(string kind, string prompt, string think, string answer, Picture? picture = null) =>
        new(kind, prompt, $"<think>{think}</think><answer>{answer}</answer>", picture);

    /// <summary>A lesson about a posed question, in front of which notes may stand.</summary>
    public static Lesson Of(string kind, string notes, PosedQuestion posed, string think, Picture? picture = null) =>
        Of(kind, notes + posed.Text, think, posed.Answer, picture) with { Form = posed.Form };
}
