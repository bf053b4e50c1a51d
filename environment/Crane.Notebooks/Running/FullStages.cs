using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tuning;
using Crane.Core.Training.Rewards;

namespace Crane.Notebooks.Running;

/// <summary>A step of the reproduction: a verb of this program.</summary>
/// <param name="Name">Unique; names it in the log of times.</param>
/// <param name="Arguments">Of the verb; {data} and {runs} stand for folders of the reproduction.</param>
internal sealed record FullStage(string Name, params string[] Arguments);

/// <summary>Everything from nothing, in order.</summary>
internal static class FullStages
{
    private static readonly string[] Chains = ["ft-chain", "ft-last-chain", "lora-chain"],
        Sequenced = [.. EditingMethods.All.Select(method => method.Id).Except(["ike", "rag"]), .. Chains],
        Sequences = ["sequential-10", "sequential-100", "sequential-all"], Remembering = ["rag", "crane-sft", "crane-sft-grpo"];

    /// <summary>Steps of SFT in the time of SFT and GRPO together: the recipe's 800, and 445 for the 291 s of processor time that GRPO and the choice of its
    /// prompts take, at 0.65 s a step (data/crane/README.md).</summary>
    private const int SftStepsForTheSameTime = 800 + 445;

    /// <summary>Trainings for the study of rewards, group size and amount of data: each component of the reward left out, other groups, less of it.</summary>
    private static readonly FullStage[] Studied =
    [
        .. CognitiveRoutingReward.Default.Terms.Select(term => Studying($"without {term.Name}", "{data}/crane/sft", "grpo", "--without", term.Name)),
        .. ((string[])["4", "16"]).Select(size => Studying($"groups of {size}", "{data}/crane/sft", "grpo", "--generations", size)),
        .. ((string[])["200", "400"]).Select(steps => Studying($"{steps} steps of SFT", "{data}/nano", "sft", "--steps", steps)),
    ];

    /// <summary>The whole reproduction.</summary>
    public static IReadOnlyList<FullStage> All { get; } =
    [
        new("base", "pretrain", "--out", "{data}/nano"), new("strata", "strata", "--out", "{data}/benchmark/strata.jsonl"),
        new("crane-sft", "sft", "--from", "{data}/nano", "--out", "{data}/crane/sft"),
        new("crane-grpo", "grpo", "--from", "{data}/crane/sft", "--out", "{data}/crane/sft-grpo"),
        new("crane-grpo-alone", "grpo", "--from", "{data}/nano", "--out", "{data}/crane/grpo"),
        new("crane-sft-long", "sft", "--steps", $"{SftStepsForTheSameTime}", "--from", "{data}/nano", "--out", "{data}/crane/sft-long"),
        new("crane-soup", "sft", "--replicas", "3", "--from", "{data}/nano", "--out", "{data}/crane/soup"),
        new("crane-sft-flags", "sft", "--topics", "flags", "--from", "{data}/nano", "--out", "{data}/crane/sft-flags"),
        new("crane-sft-landmarks", "sft", "--topics", "landmarks", "--from", "{data}/nano", "--out", "{data}/crane/sft-landmarks"),
        new("crane-wide", "sft", "--wide", "--replicas", "5", "--from", "{data}/nano", "--out", "{data}/crane/wide"), .. Studied,
        new("memory", "memory", "--out", "{data}/memory"),
        Evaluate("base"), .. EditingMethods.All.Select(method => Evaluate(method.Id)), .. Chains.Select(id => Evaluate(id)),
        .. from id in (string[])["crane-sft", "crane-soup", "crane-sft-grpo"] from retrieval in ResultsFile.Retrievals select Evaluate(id, retrieval),
        .. from id in (string[])["crane-sft-long", "crane-grpo"] from retrieval in (string[])[RetrievalColumns.Gold, RetrievalColumns.Adversarial]
           select Evaluate(id, retrieval),
        Evaluate("rag", RetrievalColumns.Real), Evaluate("rag", RetrievalColumns.Adversarial),
        Evaluate("crane-sft-flags"), Evaluate("crane-sft-landmarks"), Evaluate("crane-wide"),
        Evaluate("crane-wide", RetrievalColumns.Real),
        .. from setting in Sequences from id in Sequenced select Evaluate(id, setting: setting),
        .. from setting in Sequences from id in Remembering select Evaluate(id, RetrievalColumns.Real, setting),
        .. from id in (string[])["crane-sft-grpo", "crane-wide"] from retrieval in (string[])[RetrievalColumns.Gold, RetrievalColumns.Real]
           select new FullStage($"ood-{id}-{retrieval}", "evaluate", id, "--retrieval", retrieval, "--benchmark", "{data}/benchmark/ood", "--out", "{runs}"),
        new("studies", ["ablate", "--weights", "{data}/crane/sft", "--out", "{runs}/ablations", "--results", "{data}/results/ablations.jsonl",
            "--training", "SFT={data}/crane/sft", "--training", "SFT, then GRPO={data}/crane/sft-grpo", "--training", "GRPO alone={data}/crane/grpo",
            "--training", "SFT, three averaged={data}/crane/soup", "--training", "SFT, wide lessons={data}/crane/wide", "--training", "none={data}/nano",
            "--training", "SFT for the same time={data}/crane/sft-long",
            .. Studied.SelectMany(training => (string[])["--training", $"{training.Name}={training.Arguments[^1]}"])]),
    ];

    /// <summary>The same path in a minute, to see that it leads through: a few steps of training, a few edits, the shipped base and memory.</summary>
    public static IReadOnlyList<FullStage> Smallest { get; } =
    [
        new("crane-sft", "sft", "--from", "{data}/nano", "--out", "{data}/crane/sft", "--steps", "2"),
        new("crane-grpo", "grpo", "--from", "{data}/crane/sft", "--out", "{data}/crane/sft-grpo", "--steps", "1"),
        .. ((string[])["base", "rag", "crane-sft-grpo"]).Select(id => Evaluate(id) is var stage
            ? stage with { Arguments = [.. stage.Arguments, "--edits", "2"] } : stage),
    ];

    /// <summary>The name of an evaluation by what its results are stored under: methods that nothing is brought to have no retrieval column.</summary>
    public static string Name(string method, string setting, string retrieval) => $"evaluate-{method}-{setting}-{retrieval}";

    private static FullStage Studying(string name, string from, params string[] verb) =>
        new(name, [.. verb, "--from", from, "--out", $"{{data}}/crane/studies/{name.Replace(' ', '-')}"]);

    private static FullStage Evaluate(string method, string retrieval = RetrievalColumns.Gold, string setting = "single") => new(
        Name(method, setting, method is "rag" or "ike" || method.StartsWith("crane-", StringComparison.Ordinal) ? retrieval : RetrievalColumns.None),
        "evaluate", method, "--retrieval", retrieval, "--setting", setting, "--out", "{runs}");
}
