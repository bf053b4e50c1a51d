using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane full</c>: the reproduction from nothing.</summary>
internal static class FullVerb
{
    public static Command Create()
    {
        var output = Verb.Folder("--out", "Folder of the reproduction.", "artifacts", "full");
        var smallest = new Option<bool>("--smallest") { Description =
            "The same path in about a minute: a few steps and edits, with the shipped base and memory." };
        var dry = new Option<bool>("--dry") { Description = "Only say what would be run." };
        var command = new Command("full",
            "Make everything from nothing: base, CRANE, memory, all methods, studies, tables; goes on where it was stopped.") { output, smallest, dry };
        command.SetAction((parsed, cancellation) => Verb.Guarded(() =>
            FullCommand.Run(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(smallest), parsed.GetValue(dry), Console.Out, cancellation)));
        return command;
    }
}
