using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane strata</c>: how firmly the base holds what is edited.</summary>
internal static class StrataVerb
{
    public static Command Create()
    {
        var output = Verb.Folder("--out", "The file to write.", "data", "benchmark", "strata.jsonl");
        var samples = Verb.Whole("--samples", "Answers drawn for each edit.", 8);
        var seed = Verb.Seed("Of the draws.");
        var command = new Command("strata", "Measure how firmly the base holds what the benchmark edits.") { output, samples, seed };
        command.SetAction((parsed, cancellation) => Verb.Guarded(() =>
            EvaluateCommand.Strata(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(samples), parsed.GetValue(seed), Console.Out, cancellation)));
        return command;
    }
}
