using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Crane.Core.Evaluation.Grounding;

/// <summary>Where a name is mentioned: as whole words, and not as part of a longer name.</summary>
public static class Names
{
    // "South Sudan" does not mention Sudan, "Mexico City" not Mexico.
    private const string LongerBefore = @"(?<!\b(?:North|South|East|West|Northern|Southern|Eastern|Western|Central|Equatorial|New|American|British|French|Dutch|Democratic|Greater|Inner|Outer|Michael) )";
    private const string LongerAfter = @"(?! (?:City|River|Islands?|Canal|Sea)\b)";
    private static readonly ConcurrentDictionary<string, Regex> Known = new();

    /// <summary>Mentions of a name. A name with a capital letter is matched as it is written ("a turkey" is no country), another in any case. "Oman" is not in
    /// "Romania",
    /// "Niger" not in "Nigeria", "Guinea" neither in "Guinea-Bissau" nor in "Equatorial Guinea".</summary>
    public static Regex Mention(string name) => Known.GetOrAdd(Plain(name), static plain => new(
        $@"{LongerBefore}(?<![\w-]){Regex.Escape(plain)}(?![\w]|-\w){LongerAfter}",
        RegexOptions.CultureInvariant | (char.IsUpper(plain, 0) ? RegexOptions.None : RegexOptions.IgnoreCase)));

    /// <summary>Typographic apostrophes and quotation marks as ASCII, so that "Côte d’Ivoire" is "Côte d'Ivoire".</summary>
    public static string Plain(string text) => text.Replace('’', '\'').Replace('‘', '\'').Replace('“', '"').Replace('”', '"');

    /// <summary>The first entity of a path that a text does not mention after the ones before it; null where all are used in order.</summary>
    public static string? Missing(string text, IReadOnlyList<string> path)
    {
        var (plain, at) = (Plain(text), 0);
        foreach (var entity in path)
        {
            var found = Mention(entity).Match(plain, at);
            if (!found.Success) return entity;
            at = found.Index + found.Length;
        }
        return null;
    }
}
