using System.CommandLine;
using System.Globalization;
using Crane.Core.Training.Routing;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane sft</c> and <c>crane grpo</c>: the two stages of CRANE.</summary>
internal static class TrainVerb
{
    public static Command Sft() => Create("sft", "Teach the nano base CRANE's chain; goes on with a run that was stopped.", "data", "nano");

    public static Command Grpo() => Create("grpo", "Train on with the Cognitive Routing Reward; goes on with a run that was stopped.", "artifacts", "crane",
        "sft");

    private static Command Create(string stage, string description, params string[] start)
    {
        var from = Verb.Folder("--from", "Folder of the model to begin with.", start);
        var output = Verb.Folder("--out", "Folder of the new checkpoint.", "artifacts", "crane", stage);
        var seed = Verb.Seed("Fixes lessons, order and draws.");
        var steps = Verb.WholeOrNone("--steps", "Optimiser steps; left out: the recipe's.");
        var topics = Verb.OneOf("--topics", "all, or flags, landmarks or text alone: what lessons ask about.", "all", "all", "flags", "landmarks", "text");
        var threads = Verb.Whole("--threads", "Threads; one is steadiest where other work runs. Replicas of SFT run side by side on them.", 1);
        var rate = new Option<double?>("--learning-rate")
        {
            Description = "The highest learning rate; left out: the recipe's.",
            CustomParser = result => double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var given) && given is > 0 and < 1 ? given
                : Verb.Refuse<double?>(result, "--learning-rate takes a number above 0 and below 1"),
        };
        var wide = new Option<bool>("--wide") { Description =
            "Lessons of SFT that go beyond what the benchmark asks: any attribute, long memories." };
        var replicas = Verb.Whole("--replicas", "Trainings of SFT, each with lessons of its own, whose weights are averaged.", 1);
        var without = new Option<string[]>("--without")
        {
            Description = "A component of the reward that is logged and not paid: format, answer, route, chain or length; may be given again.",
            DefaultValueFactory = _ => [],
        };
        var generations = Verb.WholeOrNone("--generations", "Completions a prompt; a step has as many completions in all as with the recipe's 8.");
        var command = new Command(stage, description) { from, output, seed, steps, topics, threads, rate, wide };
        foreach (var option in stage == "sft" ? (Option[])[replicas] : [without, generations]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => Verb.Guarded(() => TrainCommand.Run(new(stage, Path.GetFullPath(parsed.GetValue(from)!),
            Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(seed), parsed.GetValue(steps),
            Enum.Parse<RoutingTopics>(parsed.GetValue(topics)!, ignoreCase: true), parsed.GetValue(threads), parsed.GetValue(rate), parsed.GetValue(wide),
                stage == "sft" ? parsed.GetValue(replicas) : 1, stage == "grpo" ? parsed.GetValue(without) : null,
                stage == "grpo" ? parsed.GetValue(generations) : null), Console.Out, cancellation)));
        return command;
    }
}
