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

    private static readonly string[] Contrasts = [", but ", ", yet ", " however", " although ", " is not given", " does not apply", " is wrong", " not "];

    /// <summary>Judges a completion.</summary>
    /// <param name="reasoning">The completion taken apart.</param>
    /// <param name="target">The expected answer, or several forms of it.</param>
    /// <param name="path">Entities of the edited path, the injected one first, the answer last; at least one.</param>
    public static Verdict Judge(Reasoning reasoning, IReadOnlyList<string> target, IReadOnlyList<string> path)
    {
        if (path.Count == 0) throw new ArgumentException("The edited path needs at least the injected entity.", nameof(path));
        if (!reasoning.IsValid) return new(false, $"form: {reasoning.Explanation}");
        if (!target.Any(form => Normalise(form) == Normalise(reasoning.Answer!))) return new(false, $"answer: '{reasoning.Answer}', expected '{target[0]}'");
        if (RejectingSentence(reasoning.Think!, path[0]) is { } sentence) return new(false, $"rejected: \"{sentence}\"");
        var at = 0;
        foreach (var entity in path)
        {
            var found = reasoning.Think!.IndexOf(entity, at, StringComparison.OrdinalIgnoreCase);
            if (found < 0) return new(false, $"not grounded: the chain does not use '{entity}'{(at > 0 ? " after what comes before it" : "")}");
            at = found + entity.Length;
        }
        return new(true, "valid, right and grounded");
    }

    /// <summary>The last sentence about an entity, if it only names it to turn it down: "The note says Brazil, but the picture shows Japan."</summary>
    /// <returns>null where the entity is not named, or its last mention stands.</returns>
    public static string? RejectingSentence(string think, string entity)
    {
        var last = Sentences(think).LastOrDefault(sentence => sentence.Contains(entity, StringComparison.OrdinalIgnoreCase));
        var at = last?.LastIndexOf(entity, StringComparison.OrdinalIgnoreCase) ?? -1;
        return at >= 0 && Contrasts.Any(contrast => last!.IndexOf(contrast, at, StringComparison.OrdinalIgnoreCase) >= 0) ? last : null;
    }

    /// <summary>Sentences of a chain; a full stop inside "Washington D.C." does not end one unless a capital letter follows.</summary>
    public static IEnumerable<string> Sentences(string think)
    {
        var start = 0;
        for (var i = 0; i < think.Length; i++)
        {
            if (think[i] is not ('.' or '!' or '?') || i + 1 < think.Length && !(think[i + 1] == ' ' && i + 2 < think.Length && !char.IsLower(think[i + 2]))) continue;
            if (think[start..(i + 1)].Trim() is { Length: > 0 } sentence) yield return sentence;
            start = i + 1;
        }
        if (think[start..].Trim() is { Length: > 0 } rest) yield return rest;
    }

    /// <summary>Lower case, without outer white space, trailing full stop and a leading article.</summary>
    public static string Normalise(string answer)
    {
        var text = answer.Trim().TrimEnd('.').ToLowerInvariant();
        foreach (var article in (string[])["the ", "a ", "an "])
            if (text.StartsWith(article, StringComparison.Ordinal)) return text[article.Length..];
        return text;
    }
}
