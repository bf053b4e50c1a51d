namespace Crane.Core.Evaluation.Tables;

/// <summary>How methods are called in tables and figures, and which belong together. Their order everywhere is that of
/// <see cref="Runs.ResultsFile.Methods"/>.</summary>
public static class MethodNames
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["base"] = "base", ["ft"] = "FT", ["ft-last"] = "FT, last layer", ["ft-l"] = "FT-L", ["ft-merger"] = "FT, vision merger", ["ft-chain"] = "FT, chain",
            ["ft-last-chain"] = "FT, last layer, chain",
        ["lora"] = "LoRA", ["lora-chain"] = "LoRA, chain", ["mend"] = "MEND", ["rome"] = "ROME", ["memit"] = "MEMIT", ["alphaedit"] = "AlphaEdit",
            ["ike"] = "IKE", ["rag"] = "RAG",
        ["serac"] = "SERAC", ["grace"] = "GRACE", ["wise"] = "WISE", ["crane-sft"] = "CRANE-SFT", ["crane-sft-long"] = "CRANE-SFT, same time",
            ["crane-sft-flags"] = "CRANE-SFT, flags alone", ["crane-sft-landmarks"] = "CRANE-SFT, landmarks alone",
            ["crane-soup"] = "CRANE-SFT, three averaged", ["crane-wide"] = "CRANE, wide lessons",
            ["crane-grpo"] = "CRANE-GRPO alone", ["crane-sft-grpo"] = "CRANE",
    };

    /// <summary>Families in the order of their colours (<see cref="Display.Palette"/>).</summary>
    public static IReadOnlyList<string> Families { get; } = ["CRANE", "fine-tuning", "outside memory", "learnt or located", "in the prompt", "", "", "base"];

    /// <summary>The name of a method; its id where it has no other.</summary>
    public static string Of(string id) => Names.GetValueOrDefault(id, id);

    /// <summary>The family of a method: an index of <see cref="Families"/> and of the palette's colours.</summary>
    public static int Family(string id) => id switch
    {
        "base" => 7,
        _ when id.StartsWith("crane", StringComparison.Ordinal) => 0,
        _ when id.StartsWith("ft", StringComparison.Ordinal) || id.StartsWith("lora", StringComparison.Ordinal) => 1,
        _ when id.StartsWith("serac", StringComparison.Ordinal) || id.StartsWith("grace", StringComparison.Ordinal)
            || id.StartsWith("wise", StringComparison.Ordinal) => 2,
        "ike" or "rag" => 4,
        _ => 3,
    };
}
