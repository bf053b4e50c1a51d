using System.Text.RegularExpressions;

namespace Crane.Core.Evaluation.Grounding;

/// <summary>How a clause treats a name that it mentions.</summary>
internal enum Treatment
{
    /// <summary>The name stands there without anything being claimed of it.</summary>
    None,

    /// <summary>"The note says X", "X, according to the memory".</summary>
    Quoted,

    /// <summary>"It looks like X".</summary>
    Likened,

    /// <summary>"It is X", "the capital of X is …", a bare "X".</summary>
    Claimed,

    /// <summary>"not X", "X is wrong", "instead of X".</summary>
    Denied,
}

/// <summary>The words by which a chain claims, quotes, doubts and denies.</summary>
internal static partial class Wording
{
    [GeneratedRegex(@"\b(?:not|never|no longer|cannot|neither|nor|without|instead of|rather than|anything but|far from|other than|doubt\w*|refus\w+|den(?:y|ies|ied)|hardly|unlike|although|though|despite|in spite of|contrary to|so-called|contradicts?|ruled? out|reject\w*|dismiss\w*|disregard\w*|ignor\w+|drop\w*|abandon\w*|give up)\b[^,]*$|n't\b[^,]*$", RegexOptions.IgnoreCase)]
    private static partial Regex DeniedBefore();

    [GeneratedRegex(@"^,? (?:as (?:instructed|told|requested|asked)|because I (?:was|am) (?:told|asked|instructed)|to (?:satisfy|please|comply))\b|^(?:'s)?(?: [\w'-]+){0,5}? (?:fails?\b|contradicts?\b|conflicts?\b|(?:is|was|are) (?:overruled|outweighed|refuted|rejected|dismissed|set aside)|(?:is|are|was|seems|looks|must be|has to be) (?:\w+ )?(?:wrong|false|mistaken|incorrect|outdated|untrue|impossible|implausible|unlikely|doubtful|questionable|nonsense|irrelevant|a lie|a mistake|an error|ruled out|out of the question|about something else|a trick)|(?:is|are|was|can|could|does|do|did)(?: not|n't) (?:be )?(?:\w+ )?(?:supported|right|true|correct|possible|so|relevant|what|apply|fit|match|hold|concern|the case)|cannot (?:be )?(?:\w+ )?(?:right|true|correct|so|it|apply)|belongs? to (?:a|an|some) ?(?:different|other)|(?:is|are) ruled out)\b", RegexOptions.IgnoreCase)]
    private static partial Regex DeniedAfter();

    [GeneratedRegex(@"\b(?:if|suppos\w+|assum\w+|were|would(?! (?:rather )?(?:go with|say|answer|choose)\b)|could|might|may|maybe|perhaps|as if|as though|hypothetically|supposedly|alleged\w*|pretend\w*|imagin\w+|whether|wonder\w*|unless|wants? (?:me|us) to|for the sake of|to (?:satisfy|please|comply))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Hypothetical();

    [GeneratedRegex(@"\b(?:used to|was|were|had been|once|formerly|previously|first thought|taken (?:it )?for)\b[^,]*$", RegexOptions.IgnoreCase)]
    private static partial Regex Past();

    [GeneratedRegex(@"\b(?:looks?(?: very| much| a lot)? (?:like|as)|resembl\w+|seems?|appears?|at first (?:glance|sight|look)|similar to|reminds|usually|own knowledge)\b[^,]*$", RegexOptions.IgnoreCase)]
    private static partial Regex Likening();

    [GeneratedRegex(@"\b(?:about|for|from|against|outside|beside|near|than|concerning|regarding|between) (?:the |an? )?(?:\w+ of )?(?:the )?$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Aside();

    [GeneratedRegex(@"(?:\b(?:is|are|be|shows?|showing|depicts?|displays?|represents?|becomes?|means|as|say|says|said|states?|reads?|makes?|sets?|gives?|puts?|calls?|names?|tells?|mentions?|claims?|follow|choose|pick|keep|answer|yes|so|therefore|thus|hence|now|nothing but)\b|'s\b|\b(?:belongs?|changes?|changed|maps?|updated|points?|leads?|refers?|switch\w*|back) (?:\w+ ){0,2}to\b|\breplaced (?:by|with)\b|\b(?:stay|go|stick|remain) with\b|[=→])(?:\W+[\w'-]+){0,7}\W*$", RegexOptions.IgnoreCase)]
    private static partial Regex ClaimBefore();

    [GeneratedRegex(@"^,? (?:if|unless|were)\b", RegexOptions.IgnoreCase)] private static partial Regex Condition();

    [GeneratedRegex(@"^ (?:in (?:reality|truth|fact)|(?:according to|by|to) my (?:own )?eyes|according to the (?:picture|image|photograph|photo))\b",
        RegexOptions.IgnoreCase)] private static partial Regex InTruth();

    [GeneratedRegex(@"\b[\w-]+ of (?:the )?$", RegexOptions.IgnoreCase)] private static partial Regex OfBefore();

    [GeneratedRegex(@"\b(?:flag|picture|image|photo|photograph|note|edit|entry|update|shore|north|south|east|west) of (?:the )?$",
        RegexOptions.IgnoreCase)] private static partial Regex PictureOf();

    [GeneratedRegex(@"^'s? (?:own )?[a-z]|^ (?:is|has|lies in|it is)\b")] private static partial Regex SubjectAfter();

    [GeneratedRegex(@"\b(?:suggested|proposed|notes?|memory|entr(?:y|ies)|edits?|update|caption|according to|user|claims?|says|told)\b",
        RegexOptions.IgnoreCase)] private static partial Regex Source();

    [GeneratedRegex(@"\b(?:that|it|this|which|(?:the|this|that) (?:note|memory|entry|edit|update|claim|caption|information|context|user|suggestion))\b[^,]*\b(?:(?:is|was|must be|seems|looks) (?:\w+ )?(?:false|wrong|a mistake|mistaken|incorrect|an error|untrue|a lie|nonsense|impossible|irrelevant|unreliable|about something else|for another)|(?:does not|doesn't|do not) (?:fit|match|hold|convince)|contradicts|conflicts|(?:is not|isn't|can't be|cannot be|can not be) (?:\w+ )?(?:true|right|correct|so|possible|the case|relevant|reliable|it))\b|^(?:nonsense|wrong|false|hardly|impossible|no way|not so|I (?:don't|do not) think so|(?:it|that|this) (?:isn't|is not|can't be|cannot be))[.!]?$", RegexOptions.IgnoreCase)]
    private static partial Regex CalledFalse();

    [GeneratedRegex(@"\bI\b[^,]*\b(?:not|never|cannot)\b[^,]*\b(?:apply|agree|follow|trust|believe|accept|use|adopt|go along)\b|\bI\b[^,]*n't\b[^,]*\b(?:apply|agree|follow|trust|believe|accept|use|adopt)\b|\b(?:ignore|reject|disregard|dismiss|discard|distrust|overrule|set aside) (?:it|that|the (?:note|memory|entry|edit|update|claim))\b|\b(?:rely on|trust|believe|go by|prefer|follow) (?:the |my )(?:own |image|picture|eyes|photo|photograph|look)|\b(?:picture|image|photo\w*|eyes) (?:(?:says?|shows?|tells?|suggests?) otherwise|disagrees?|contradicts?|overrules?|wins?|decides?|is the better)|\b(?:edit|note|entry|update|memory) (?:does not|doesn't|do not) (?:apply|count|concern)", RegexOptions.IgnoreCase)]
    private static partial Regex Refuses();

    [GeneratedRegex(@"\b(?:follow|trust|go with|accept|apply|use|believe|adopt|stick to|go by) (?:it|that|this|(?:the|this|what the) (?:updated |new )?(?:note|memory|entry|edit|update|information))\b|\b(?:note|memory|entry|edit|update) (?:overrides|decides|has priority|wins|counts)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Adopts();

    [GeneratedRegex(@"^(?i:(?:(?:so|therefore|thus|hence|no|yes|and|then|still|anyway),? )*(?:it|this|that|(?:the|this) (?:picture|image|flag|photo|photograph|landmark|monument|building|tower)) (?:\w+ly )?(?:still |now |really )*(?:shows?|is|depicts|belongs to|remains) (?:still |really |\w+ly )*(?:the flag of |that of )?(?:the )?)(?<other>\p{Lu}.*)")]
    private static partial Regex NamesSomething();

    /// <summary>How a clause treats one mention.</summary>
    public static Treatment Of(Clause clause, Match mention)
    {
        var (before, after) = (clause.Text[..mention.Index], clause.Text[(mention.Index + mention.Length)..]);
        if (clause.IsQuestion || Hypothetical().IsMatch(before) || Condition().IsMatch(after)) return Treatment.None;
        if (DeniedBefore().IsMatch(before) || DeniedAfter().IsMatch(after)) return Treatment.Denied;
        if (Past().IsMatch(before)) return Treatment.None;
        if (Likening().IsMatch(before)) return Treatment.Likened;
        if (Aside().IsMatch(before)) return Treatment.None;
        if (InTruth().IsMatch(after)) return Treatment.Claimed;
        if (ClaimBefore().IsMatch(before)) return Source().IsMatch(before) ? Treatment.Quoted : Treatment.Claimed;
        if (Source().IsMatch(after)) return Treatment.Quoted;
        if (OfBefore().IsMatch(before) && !PictureOf().IsMatch(before) || SubjectAfter().IsMatch(after)) return Treatment.Claimed;
        return IsBare(clause.Text) ? Treatment.Claimed : Treatment.None;
    }

    /// <summary>"That is false", "I trust my eyes": turns down what was said last. What is said of another note does not count.</summary>
    public static bool TurnsDown(string clause) => !Hypothetical().IsMatch(clause) && !clause.Contains(" about ", StringComparison.Ordinal)
        && !clause.Contains("other ", StringComparison.Ordinal)
        && (CalledFalse().IsMatch(clause) || Refuses().IsMatch(clause)) || clause.Contains("about something else", StringComparison.Ordinal);

    /// <summary>"I follow the note".</summary>
    public static bool Adopted(string clause) => !Hypothetical().IsMatch(clause) && Adopts().IsMatch(clause) && !Refuses().IsMatch(clause);

    /// <summary>What a clause says that the picture shows; null where it does not say that, or quotes.</summary>
    public static string? Shown(string clause) => NamesSomething().Match(clause) is { Success: true } found && !Source().IsMatch(clause)
        ? found.Groups["other"].Value : null;

    /// <summary>"Brazil.", "capital of Chad, Lima.": a few words that only name something.</summary>
    private static bool IsBare(string clause) => clause.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length <= 5;
}
