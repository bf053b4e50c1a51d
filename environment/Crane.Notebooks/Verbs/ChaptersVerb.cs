using System.CommandLine;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane chapters</c>: the main job.</summary>
internal static class ChaptersVerb
{
    public static Command Create()
    {
        var full = new Option<bool>("--full") { Description = "Make the numbers of the README; takes long." };
        var timeout = RunVerb.Timeout();
        var command = new Command("chapters", "Run all chapters in quick mode and write artifacts/report.html.") { full, timeout };
        command.SetAction((parsed, cancellation) =>
            Verb.Guarded(() => RunVerb.Execute(new([], [], parsed.GetValue(full), RunVerb.CellSeconds(parsed.GetValue(timeout), parsed.GetValue(full)),
                false, null, true), cancellation)));
        return command;
    }
}
