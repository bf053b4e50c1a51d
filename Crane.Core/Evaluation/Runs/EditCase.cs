using Crane.Core.Editing;
using Crane.Core.Model;

namespace Crane.Core.Evaluation.Runs;

/// <summary>A probe with its picture loaded.</summary>
/// <param name="Id">Names the probe.</param>
/// <param name="Level">exact, rephrase-text, …, locality-image-hard.</param>
/// <param name="Question">What is asked, without any edit in front of it.</param>
/// <param name="Targets">Accepted answers, the first is the usual one; for a locality probe the true one.</param>
/// <param name="Path">Entities that a grounded chain uses, in order; empty for a locality probe.</param>
/// <param name="Injected">The entity that the edit brings in, which the chain must not turn down.</param>
/// <param name="OldAnswer">What a model that keeps its old belief says; null where the edit changes nothing.</param>
/// <param name="Partners">Ids of further edits that have to be in force.</param>
public sealed record ProbeCase(string Id, string Level, Question Question, string[] Targets, string[] Path, string Injected, string? OldAnswer,
    string[] Partners)
{
    /// <summary>What was believed of the edit's subject before; a chain that ends on it turns the edit down.</summary>
    public string[] OldBeliefs { get; init; } = [];

    /// <summary>Whether the edit must not change the answer.</summary>
    public bool IsLocality => Level.StartsWith("locality", StringComparison.Ordinal);
}

/// <summary>An edit with its probes, ready to run.</summary>
/// <param name="Edit">What editors apply.</param>
/// <param name="Modality">"visual" or "textual".</param>
/// <param name="Stratum">"none", "weak" or "strong".</param>
/// <param name="Probes">In the order in which they are asked: those that need the fewest edits first.</param>
/// <param name="Partners">Edits that some probes need besides this one.</param>
public sealed record EditCase(Edit Edit, string Modality, string Stratum, IReadOnlyList<ProbeCase> Probes, IReadOnlyList<Edit> Partners)
{
    /// <summary>Edits of different series may contradict each other and are never in force together.</summary>
    public int Series { get; init; }
}

/// <summary>A question as a method puts it to the model, and the entries that it put in front.</summary>
/// <param name="Question">What the model reads.</param>
/// <param name="Entries">Empty where the method works through the weights.</param>
public sealed record Prompted(Question Question, RetrievedEntry[] Entries);

/// <summary>A method under evaluation.</summary>
/// <param name="Id">base, ft, …, crane-sft-grpo.</param>
/// <param name="Retrieval">gold, real, none or adversarial.</param>
/// <param name="Prompt">Puts a probe to the model of an edit.</param>
/// <param name="Editor">Changes the model, or null.</param>
public sealed record Method(string Id, string Retrieval, Func<ProbeCase, EditCase, Prompted> Prompt, IEditor? Editor = null)
{
    /// <summary>Processor time that a memory takes, in seconds: to put the edit of a case into it, and to look its first probe up; null without a memory. An
    /// answer takes that time, too.</summary>
    public Func<EditCase, (double Edit, double LookUp)>? MemorySeconds { get; init; }

    /// <summary>The model as it is.</summary>
    public static Method Base { get; } = new("base", "none", (probe, _) => new(probe.Question, []));

    /// <summary>A method that changes weights, or puts all its edits in front of every question.</summary>
    public static Method Of(string id, IEditor editor, string retrieval = "none") =>
        new(id, retrieval, (probe, _) => new(editor.Prompt(probe.Question), []), editor);
}
