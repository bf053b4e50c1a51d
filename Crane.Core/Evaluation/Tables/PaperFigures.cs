using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Tables;

/// <summary>A number of the paper, and the column of ours that is nearest to it.</summary>
/// <param name="What">What it is of, in the paper's words.</param>
/// <param name="Share">0..1.</param>
/// <param name="Column">Ours; null where it is a set of its own.</param>
public sealed record PaperFigure(string What, double Share, TableColumn? Column);

/// <summary>What the abstract of the paper reports of its method (arXiv 2606.09033). Another model and another benchmark: it stands beside ours to be read, not
/// to be compared.</summary>
public static class PaperFigures
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<PaperFigure> All { get; } =
    [
        new("Grounded Success, conflict edits", 0.969, new("GS, strong", GroundedSuccess.Id, Stratum: Strata.Strong)),
        new("intermediate-entity usage, multi-hop", 0.969, new("entities", ProbeScores.IntermediateEntityUsage)),
        new("Edit Independence, text", 0.976, new("text", ProbeScores.EditIndependence, ProbeLevels.LocalityText)),
        new("Edit Independence, image", 0.681, new("image", ProbeScores.EditIndependence, ProbeLevels.LocalityImage)),
        new("MMEVOKE, out of distribution, gold retrieval", 0.870, null),
    ];
}
