using System.CommandLine;
using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane cells</c>, which the runner calls: the process of one notebook.</summary>
internal static class CellsVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "The notebook's folder." };
        var pipe = new Argument<string>("pipe") { Description = "Handle of the pipe that takes what the cells show." };
        var command = new Command("cells", "Runs the cells of a notebook for the runner, which calls this itself.") { folder, pipe };
        command.Hidden = true;
        command.SetAction((parsed, _) => CellHost.Run(parsed.GetValue(folder)!, parsed.GetValue(pipe)!));
        return command;
    }
}
