using System.Runtime.CompilerServices;
using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="Ike"/>, with EasyEdit's names and defaults.</summary>
public sealed record IkeConfig
{
    /// <summary>Demonstrations in the prompt; 0: the new fact alone.</summary>
    public int K { get; init; } = 32;

    /// <summary>For the nano model, which no demonstration helped.</summary>
    public static IkeConfig Nano { get; } = new() { K = 0 };
}

/// <summary>One demonstration: how an answer follows, or does not follow, from a new fact.</summary>
/// <param name="Fact">The question whose answer was changed.</param>
/// <param name="NewAnswer">What it was changed to.</param>
/// <param name="Prompt">What is asked: the same question, a rephrased one, or another.</param>
/// <param name="Answer">The right answer to that.</param>
public sealed record Demonstration(string Fact, string NewAnswer, string Prompt, string Answer)
{
    /// <summary>As EasyEdit writes it: <c>New Fact: {fact} {new answer}\nPrompt: {prompt} {answer}\n\n</c>.</summary>
    public string Text => $"New Fact: {Fact} {NewAnswer}\nPrompt: {Prompt} {Answer}\n\n";
}

/// <summary>IKE (arXiv 2305.12740): demonstrations nearest to the edit, the new fact, then the question. Only the edit nearest to the question is written. The
/// prompt is one
/// user turn; demonstrations are words, and the only picture is that of the question.</summary>
/// <param name="demonstrations">The corpus from which demonstrations are drawn; may be empty.</param>
/// <param name="similarity">Compares a question with edits and with the corpus.</param>
/// <param name="config">null: <see cref="IkeConfig.Nano"/>.</param>
/// <param name="reader">See <see cref="PromptEditor"/>.</param>
public sealed class Ike(IReadOnlyList<Demonstration> demonstrations, Similarity similarity, IkeConfig? config = null, VisionLanguageModel? reader = null)
    : PromptEditor("IKE", config ?? IkeConfig.Nano, reader)
{
    private readonly IkeConfig config = config ?? IkeConfig.Nano;
    private readonly ConditionalWeakTable<Edit, string> shown = [];   // what stands in front of a new fact, for every question the same

    /// <inheritdoc/>
    public override Question Prompt(Question question)
    {
        if (InForce is not [var edit, ..] inForce) return question;
        if (inForce.Count > 1) edit = inForce.MaxBy(other => similarity(question, other.Question))!;
        return question with { Text = $"{shown.GetValue(edit, Nearest)}New Fact: {edit.Question.Text} {edit.Target}\nPrompt: {question.Text}" };
    }

    /// <summary>The demonstrations nearest to an edit; the nearest stands last.</summary>
    private string Nearest(Edit edit) => string.Concat(demonstrations.OrderByDescending(candidate => similarity(edit.Question, new(candidate.Fact)))
        .Take(config.K).Reverse().Select(demonstration => demonstration.Text));
}
