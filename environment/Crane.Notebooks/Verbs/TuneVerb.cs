using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane tune</c>: settings of the editing methods.</summary>
internal static class TuneVerb
{
    private const double PresetMinutes = 120;

    public static Command Create()
    {
        var methods = new Argument<string[]>("methods") { Description = "Ids of methods; none: all.", Arity = ArgumentArity.ZeroOrMore };
        var output = Verb.Folder("--out", "Folder of the records.", "data", "results", "tuning");
        var edits = Verb.Whole("--edits-per-kind", "Dev edits of each kind.", 3);
        var seed = Verb.Seed("Fixes the choice of edits.");
        var minutes = Verb.Time("--minutes", $"Stop after this time, {PresetMinutes} unless given; the same command goes on.", "minutes", 10_000);
        var command = new Command("tune", "Search settings of the editing methods on the dev split; goes on with a search that was stopped.") { methods, output,
            edits, seed, minutes };
        command.SetAction((parsed, cancellation) => Verb.Guarded(() => TuneCommand.Run(parsed.GetValue(methods)!, Path.GetFullPath(parsed.GetValue(output)!),
            parsed.GetValue(edits), parsed.GetValue(seed), parsed.GetValue(minutes) ?? PresetMinutes, Console.Out, cancellation)));
        return command;
    }
}
