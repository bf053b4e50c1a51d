using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane ablate</c>: what each part of CRANE does, and how much it bears.</summary>
internal static class AblateVerb
{
    public static Command Create()
    {
        var studies = new Argument<string[]>("studies") { Description = $"Of {string.Join(", ", AblateCommand.Known)}; none: all.",
            Arity = ArgumentArity.ZeroOrMore };
        var weights = Verb.Folder("--weights", "Folder of CRANE's weights.", "data", "crane", "sft");
        var trainings = new Option<string[]>("--training") { Description =
            "name=folder: weights of another training, for the study of trainings; may be given again.", DefaultValueFactory = _ => [] };
        var edits = Verb.Whole("--edits", "A drawn sample of so many test edits, of each one probe a level.", 100);
        var output = Verb.Folder("--out", "Folder of the runs.", "artifacts", "ablations");
        var results = Verb.Folder("--results", "File of the numbers.", "data", "results", "ablations.jsonl");
        var minutes = Verb.Time("--minutes", "Stop after so many minutes; the same command goes on.", "minutes", 10_000);
        var command = new Command("ablate", "Leave parts of CRANE out and make its world worse, one thing at a time; goes on with a run that was stopped.")
        {
            studies, weights, trainings, edits, output, results, minutes,
        };
        command.SetAction((parsed, cancellation) =>
            Verb.Guarded(() => AblateCommand.Run(new(parsed.GetValue(studies)!, Path.GetFullPath(parsed.GetValue(weights)!), parsed.GetValue(trainings)!,
            parsed.GetValue(edits), Path.GetFullPath(parsed.GetValue(output)!), Path.GetFullPath(parsed.GetValue(results)!), parsed.GetValue(minutes)),
                Console.Out, cancellation)));
        return command;
    }
}
