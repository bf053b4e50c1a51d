using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane evaluate</c>: a method on the benchmark.</summary>
internal static class EvaluateVerb
{
    public static Command Create()
    {
        var method = new Argument<string>("method") { Description = $"One of {string.Join(", ", EvaluateCommand.Known)}." };
        var retrieval = Verb.OneOf("--retrieval", "gold, real, none or adversarial, for methods that work through the prompt.", "gold", "gold", "real", "none",
            "adversarial");
        var setting = new Option<string>("--setting") { Description = "single, sequential-10, sequential-100, sequential-all, …", DefaultValueFactory = _ =>
            "single" };
        var split = Verb.OneOf("--split", "train, dev or test.", "test", "train", "dev", "test");
        var benchmark = new Option<string?>("--benchmark") { Description =
            "A folder in the form of VLKEB, MMEdit, MMKE-Bench, CCKEB, MMEVOKE, MQuAKE-CF or the kit's own, in place of a split." };
        var quick = new Option<bool>("--quick") { Description = "Only the quick subset; nothing goes to data/results/summary.jsonl." };
        var edits = Verb.WholeOrNone("--edits", "A drawn sample of so many edits; a larger one contains every smaller one.");
        var output = Verb.Folder("--out", "Folder of the runs.", "artifacts", "runs");
        var minutes = Verb.Time("--minutes", "Stop after so many minutes; the same command goes on.", "minutes", 10_000);
        var weights = new Option<string?>("--weights") { Description = "Folder with CRANE's weights; left out: the shipped ones of the method." };
        var seed = Verb.Seed("Of the run and of the weights: seeds of a method are stored side by side and summed up together.");
        var command = new Command("evaluate", "Evaluate a method on the benchmark; goes on with a run that was stopped.")
        {
            method, retrieval, setting, split, benchmark, quick, edits, output, minutes, weights, seed,
        };
        command.SetAction((parsed, cancellation) =>
            Verb.Guarded(() => EvaluateCommand.Run(new(parsed.GetValue(method)!, parsed.GetValue(retrieval)!, parsed.GetValue(setting)!,
            parsed.GetValue(split)!, parsed.GetValue(quick), parsed.GetValue(edits), Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(minutes),
            parsed.GetValue(weights) is { } folder ? Path.GetFullPath(folder) : null, parsed.GetValue(seed), parsed.GetValue(benchmark)), Console.Out,
                cancellation)));
        return command;
    }
}
