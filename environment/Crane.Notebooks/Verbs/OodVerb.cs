using System.CommandLine;
using Crane.Core.Benchmark;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane ood</c>: the set out of distribution.</summary>
internal static class OodVerb
{
    public static Command Create()
    {
        var output = Verb.Folder("--out", "Folder of the set.", "artifacts", "ood");
        var seed = Verb.Whole("--seed", "Fixes every choice; data/benchmark/ood has the preset.", OutOfDistribution.ShippedSeed, least: 0);
        var mmevoke = new Option<bool>("--mmevoke") { Description = "Also write its pictured questions and their pictures in MMEVOKE's form." };
        var command = new Command("ood", "Make the set of edits out of distribution from data/world.") { output, seed, mmevoke };
        command.SetAction((parsed, _) => Verb.Guarded(() => OodCommand.Run(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(seed),
            parsed.GetValue(mmevoke), Console.Out)));
        return command;
    }
}
