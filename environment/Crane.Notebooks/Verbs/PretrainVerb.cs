using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane pretrain</c>: the nano base from nothing.</summary>
internal static class PretrainVerb
{
    public static Command Create()
    {
        var output = Verb.Folder("--out", "Folder of the new checkpoint.", "artifacts", "nano");
        var seed = Verb.Seed("Fixes weights, lessons and pictures.");
        var threads = Verb.Whole("--threads", "Threads of libtorch; one is steadiest where other work runs.", 1);
        var command = new Command("pretrain", "Train the nano base from nothing; goes on with a run that was stopped.") { output, seed, threads };
        command.SetAction((parsed, cancellation) => Verb.Guarded(() =>
            PretrainCommand.Run(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(seed), parsed.GetValue(threads), Console.Out, cancellation)));
        return command;
    }
}
