using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane memory</c>: what the two libraries learn.</summary>
internal static class MemoryVerb
{
    public static Command Create()
    {
        var output = Verb.Folder("--out", "Folder of the new files.", "artifacts", "memory");
        var seed = Verb.Seed("Fixes nets, pictures and questions.");
        var measure = new Option<bool>("--measure") { Description =
            "Learn nothing: measure the files of data/memory on the test edits and print the tables of its card." };
        var command = new Command("memory",
            "Learn the picture net and the gates of the two libraries from the benchmark's training edits; goes on with a run that was stopped.")
        {
            output, seed, measure,
        };
        command.SetAction((parsed, cancellation) => Verb.Guarded(() =>
            parsed.GetValue(measure) ? MemoryCommand.Measure(Console.Out, cancellation)
                : MemoryCommand.Run(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(seed), Console.Out, cancellation)));
        return command;
    }
}
