using Crane.Core.Evaluation.Grounding;
using Crane.Core.Text;

namespace Crane.Core.Evaluation;

/// <summary>A judgement and why.</summary>
/// <param name="Success">Whether the edit worked in this completion.</param>
/// <param name="Reason">In words; for a failure the first condition that does not hold.</param>
public sealed record Verdict(bool Success, string Reason);

/// <summary>Whether an edit works when the model is allowed to think: the form is valid, the answer is the target, and the chain is grounded: it uses
/// every entity of the edited path in order and does not reject the injected one.</summary>
public static class GroundedSuccess
{
    /// <summary>Id in tables.</summary>
    public const string Id = "generated/grounded-success";

    /// <summary>Judges a completion.</summary>
    /// <param name="reasoning">The completion taken apart.</param>
    /// <param name="target">The expected answer, or several forms of it.</param>
    /// <param name="path">Entities of the edited path in order, the answer last; at least one.</param>
    /// <param name="injected">The entity that the edit brings in; null: the first of the path.</param>
    /// <param name="old">What was believed before; null: unknown, then only what the chain itself says against the injected entity counts.</param>
    public static Verdict Judge(Reasoning reasoning, IReadOnlyList<string> target, IReadOnlyList<string> path, string? injected = null,
        IReadOnlyList<string>? old = null)
    {
        if (path.Count == 0) throw new ArgumentException("The edited path needs at least the injected entity.", nameof(path));
        if (!reasoning.IsValid) return new(false, $"form: {reasoning.Explanation}");
        if (!target.Any(form => Normalise(form) == Normalise(reasoning.Answer!))) return new(false, $"answer: '{reasoning.Answer}', expected '{target[0]}'");
        return Grounded(reasoning.Think!, path, injected, old);
    }

    /// <summary>Judges a chain alone: whether it takes the injected entity for true at its end and uses every entity of the path in order.</summary>
    /// <param name="think">The chain.</param>
    /// <param name="path">Entities of the edited path in order; at least one.</param>
    /// <param name="injected">The entity that the edit brings in; null: the first of the path.</param>
    /// <param name="old">What was believed before; null: unknown.</param>
    public static Verdict Grounded(string think, IReadOnlyList<string> path, string? injected = null, IReadOnlyList<string>? old = null)
    {
        var entity = injected ?? path[0];
        var reading = ChainReader.Read(think, entity, old ?? [], path);
        if (reading.Stance == Stance.TurnedDown) return new(false, $"rejected: \"{reading.Sentence}\"");
        if (reading.Stance == Stance.Open) return new(false, $"not grounded: the chain names '{entity}' without taking it for true");
        if (Names.Missing(think, path) is { } missing)
            return new(false, $"not grounded: the chain does not use '{missing}'{(missing == path[0] ? "" : " after what comes before it")}");
        return new(true, "valid, right and grounded");
    }

    /// <summary>Whether a chain uses all entities of a path, in order.</summary>
    public static bool Uses(string think, IReadOnlyList<string> path) => Names.Missing(think, path) is null;

    /// <summary>The sentence by which a chain turns an entity down: "The note says Brazil, but the picture shows Japan."</summary>
    /// <returns>null where the entity is not named, or the chain does not turn it down.</returns>
    public static string? RejectingSentence(string think, string entity) =>
        ChainReader.Read(think, entity, [], [entity]) is { Stance: Stance.TurnedDown } reading ? reading.Sentence : null;

    /// <summary>Lower case, without outer white space, trailing full stop and a leading article.</summary>
    public static string Normalise(string answer)
    {
        var text = answer.Trim().TrimEnd('.').ToLowerInvariant();
        foreach (var article in (string[])["the ", "a ", "an "])
            if (text.StartsWith(article, StringComparison.Ordinal)) return text[article.Length..];
        return text;
    }
}
