namespace Crane.Core.Benchmark;

/// <summary>How far a probe is from the question that was edited. The ids stand in benchmark files, run logs and tables.</summary>
public static class ProbeLevels
{
    /// <summary>Question and picture of the edit itself.</summary>
    public const string Exact = "exact";

    /// <summary>Another wording, another picture of the same thing, or both.</summary>
    public const string RephraseText = "rephrase-text", RephraseImage = "rephrase-image", RephraseBoth = "rephrase-both";

    /// <summary>Yes or no, and one of four.</summary>
    public const string Reasoning = "reasoning";

    /// <summary>A visual edit whose injected entity carries a textual edit.</summary>
    public const string Composition = "composition";

    /// <summary>What the edit must not change: far from it, and as near to it as can be.</summary>
    public const string LocalityText = "locality-text", LocalityTextHard = "locality-text-hard", LocalityImage = "locality-image",
    LocalityImageHard = "locality-image-hard";

    /// <summary>All levels, in the order of tables.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Exact, RephraseText, RephraseImage, RephraseBoth, Reasoning, MultiHop(1), MultiHop(2), MultiHop(3), MultiHop(4), Composition,
        LocalityText, LocalityTextHard, LocalityImage, LocalityImageHard,
    ];

    /// <summary>Whether an edit must leave the answers of a level as they were.</summary>
    public static bool IsLocality(string level) => level.StartsWith("locality", StringComparison.Ordinal);

    /// <summary>The level of a number of hops. A hop is a fact that the answer needs beyond the first edited one; a fact that is itself edited counts twice,
    /// once
    /// as known and once as overwritten. Picture → injected flag → capital: 1. Picture → injected landmark → country → capital: 2; with the capital edited: 3;
    /// with the country edited too: 4.</summary>
    public static string MultiHop(int hops) => $"multi-hop-{hops}";
}
