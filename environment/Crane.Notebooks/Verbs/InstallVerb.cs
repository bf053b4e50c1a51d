using System.CommandLine;
using Crane.Notebooks.Kernel;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane install</c>.</summary>
internal static class InstallVerb
{
    public static Command Create()
    {
        var place = new KernelPlace();
        var command = place.AddTo(new("install", $"Make this program the C# kernel of Jupyter, under the name '{KernelSpec.Name}'."));
        command.SetAction((parsed, _) => Verb.Guarded(() => KernelSpec.Install(place.Of(parsed), Console.Out)));
        return command;
    }
}
