using System.CommandLine;
using Crane.Notebooks.Verbs;

namespace Crane.Notebooks;

/// <summary>The verbs of <c>crane</c>, one file each in <c>Verbs</c>.</summary>
internal static class CommandLine
{
    public static RootCommand Create() => new("Runs the notebooks of Crane without a browser and without Python.")
    {
        ChaptersVerb.Create(),
        RunVerb.Create(),
        PretrainVerb.Create(),
        TrainVerb.Sft(),
        TrainVerb.Grpo(),
        MemoryVerb.Create(),
        TuneVerb.Create(),
        EvaluateVerb.Create(),
        TableVerb.Create(),
        OodVerb.Create(),
        AblateVerb.Create(),
        StrataVerb.Create(),
        InstallVerb.Create(),
        UninstallVerb.Create(),
        KernelVerb.Create(),
        CellsVerb.Create(),
    };
}
