using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tuning;

namespace Crane.Notebooks.Running;

/// <summary>A step of the reproduction: a verb of this program.</summary>
/// <param name="Name">Unique; names it in the log of times.</param>
/// <param name="Arguments">Of the verb; {data} and {runs} stand for folders of the reproduction.</param>
internal sealed record FullStage(string Name, params string[] Arguments);

/// <summary>Everything from nothing, in order.</summary>
internal static class FullStages
{
    private static readonly string[] Chains = ["ft-chain", "ft-last-chain", "lora-chain"],
        Sequenced = ["ft-last", "lora", "memit", "alphaedit", "grace", "wise"];

    /// <summary>The whole reproduction.</summary>
    public static IReadOnlyList<FullStage> All { get; } =
    [
        new("base", "pretrain", "--out", "{data}/nano"), new("strata", "strata", "--out", "{data}/benchmark/strata.jsonl"),
        new("crane-sft", "sft", "--from", "{data}/nano", "--out", "{data}/crane/sft"),
            new("crane-grpo", "grpo", "--from", "{data}/crane/sft", "--out", "{data}/crane/sft-grpo"),
        new("memory", "memory", "--out", "{data}/memory"),
        Evaluate("base"), .. EditingMethods.All.Select(method => Evaluate(method.Id)), .. Chains.Select(id => Evaluate(id)),
        .. ((string[])[RetrievalColumns.Gold, RetrievalColumns.Adversarial]).Select(retrieval => Evaluate("crane-sft", retrieval)),
        .. ResultsFile.Retrievals.Select(retrieval => Evaluate("crane-sft-grpo", retrieval)),
        .. from setting in (string[])["sequential-10", "sequential-100", "sequential-all"] from id in Sequenced select Evaluate(id, RetrievalColumns.Gold,
            setting),
        .. ((string[])["sequential-10", "sequential-100", "sequential-all"]).Select(setting => Evaluate("crane-sft-grpo", RetrievalColumns.Real, setting)),
        .. ((string[])[RetrievalColumns.Gold, RetrievalColumns.Real]).Select(retrieval =>
            new FullStage($"ood-{retrieval}", "evaluate", "crane-sft-grpo", "--retrieval", retrieval, "--benchmark", "{data}/benchmark/ood", "--out",
                "{runs}")),
        new("studies", "ablate", "--weights", "{data}/crane/sft-grpo", "--out", "{runs}/ablations", "--results", "{data}/results/ablations.jsonl",
            "--training", "SFT={data}/crane/sft", "--training",
            "SFT, then GRPO={data}/crane/sft-grpo"),
    ];

    /// <summary>The same path in a minute, to see that it leads through: a few steps of training, a few edits, the shipped base and memory.</summary>
    public static IReadOnlyList<FullStage> Smallest { get; } =
    [
        new("crane-sft", "sft", "--from", "{data}/nano", "--out", "{data}/crane/sft", "--steps", "2"),
        new("crane-grpo", "grpo", "--from", "{data}/crane/sft", "--out", "{data}/crane/sft-grpo", "--steps", "1"),
        .. ((string[])["base", "rag", "crane-sft-grpo"]).Select(id => Evaluate(id) is var stage
            ? stage with { Arguments = [.. stage.Arguments, "--edits", "2"] } : stage),
    ];

    private static FullStage Evaluate(string method, string retrieval = RetrievalColumns.Gold, string setting = "single") =>
        new($"evaluate-{method}-{setting}-{retrieval}", "evaluate", method, "--retrieval", retrieval, "--setting", setting, "--out", "{runs}");
}
