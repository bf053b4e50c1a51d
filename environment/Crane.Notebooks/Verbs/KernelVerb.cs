using System.CommandLine;
using Crane.Notebooks.Kernel;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane kernel</c>, which Jupyter calls.</summary>
internal static class KernelVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("connection-file") { Description = "Written by the client." };
        var command = new Command("kernel", "Serve a Jupyter client; Jupyter itself calls this.") { file };
        command.SetAction((parsed, _) => Verb.Guarded(() => KernelCommand.Run(parsed.GetValue(file)!)));
        return command;
    }
}
