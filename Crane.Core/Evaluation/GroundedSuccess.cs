using System.Text.RegularExpressions;
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

    // What turns down the name before it, and what turns down the name after it. "Brazil, not Japan" holds on to Brazil.
    private static readonly Regex Overturned = new(@", but |, yet | however\b| cannot | (is|are|was|does|do|did|can|could)(n't| not) | (is|are) (wrong|false|mistaken|incorrect|outdated)\b", RegexOptions.IgnoreCase);
    private static readonly Regex Denied = new(@"\b(not|never|although|though|despite|instead of|rather than|contrary to)\b((?!\bbut\b)[^,;:])*$", RegexOptions.IgnoreCase);

    private static readonly Regex Saint = new(@"\bSt$");

    /// <summary>Judges a completion.</summary>
    /// <param name="reasoning">The completion taken apart.</param>
    /// <param name="target">The expected answer, or several forms of it.</param>
    /// <param name="path">Entities of the edited path in order, the answer last; at least one.</param>
    /// <param name="injected">The entity that the edit brings in; null: the first of the path.</param>
    public static Verdict Judge(Reasoning reasoning, IReadOnlyList<string> target, IReadOnlyList<string> path, string? injected = null)
    {
        if (path.Count == 0) throw new ArgumentException("The edited path needs at least the injected entity.", nameof(path));
        if (!reasoning.IsValid) return new(false, $"form: {reasoning.Explanation}");
        if (!target.Any(form => Normalise(form) == Normalise(reasoning.Answer!))) return new(false, $"answer: '{reasoning.Answer}', expected '{target[0]}'");
        if (RejectingSentence(reasoning.Think!, injected ?? path[0]) is { } sentence) return new(false, $"rejected: \"{sentence}\"");
        if (Missing(reasoning.Think!, path) is { } entity) return new(false, $"not grounded: the chain does not use '{entity}'{(entity == path[0] ? "" : " after what comes before it")}");
        return new(true, "valid, right and grounded");
    }

    /// <summary>Whether a chain uses all entities of a path, in order.</summary>
    public static bool Uses(string think, IReadOnlyList<string> path) => Missing(think, path) is null;

    private static string? Missing(string think, IReadOnlyList<string> path)
    {
        var at = 0;
        foreach (var entity in path)
        {
            var found = Mention(entity).Match(think, at);
            if (!found.Success) return entity;
            at = found.Index + found.Length;
        }
        return null;
    }

    /// <summary>The last sentence about an entity, if it only names it to turn it down: "The note says Brazil, but the picture shows Japan."</summary>
    /// <returns>null where the entity is not named, or its last mention stands.</returns>
    public static string? RejectingSentence(string think, string entity)
    {
        var mention = Mention(entity);
        if (Sentences(think).LastOrDefault(sentence => mention.IsMatch(sentence)) is not { } last) return null;
        var found = mention.Matches(last)[^1];
        return Overturned.IsMatch(last[(found.Index + found.Length)..]) || Denied.IsMatch(last[..found.Index]) ? last : null;
    }

    /// <summary>The name as whole words: Oman is not mentioned in "Romania", nor Niger in "Nigeria".</summary>
    private static Regex Mention(string entity) => new($@"(?<!\w){Regex.Escape(entity)}(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Sentences of a chain. A full stop ends one where a space and no small letter follow, except after "St": "Washington D.C. is" and "St. Peter Port" are not cut.</summary>
    public static IEnumerable<string> Sentences(string think)
    {
        var start = 0;
        for (var i = 0; i < think.Length; i++)
        {
            if (think[i] is not ('.' or '!' or '?') || i + 1 < think.Length && !(think[i + 1] == ' ' && i + 2 < think.Length && !char.IsLower(think[i + 2]))) continue;
            if (think[i] == '.' && Saint.IsMatch(think[start..i])) continue;
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
