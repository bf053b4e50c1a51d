using System.CommandLine;
using Crane.Notebooks.Kernel;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane uninstall</c>.</summary>
internal static class UninstallVerb
{
    public static Command Create()
    {
        var place = new KernelPlace();
        var command = place.AddTo(new("uninstall", "Take the kernel away from Jupyter again."));
        command.SetAction((parsed, _) => Verb.Guarded(() => KernelSpec.Uninstall(place.Of(parsed), Console.Out)));
        return command;
    }
}
