using Crane.Core.Model.Generation;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Settings of an evaluation. <see cref="Single"/>, <see cref="Sequential"/> and <see cref="Batch"/> are the protocols.</summary>
public sealed record RunConfig
{
    /// <summary>Edits that are in force together: 1 for single editing; of more, all are applied before the first probe is asked. Edits of different series are
    /// never in force together.</summary>
    public int EditsInForce { get; init; } = 1;

    /// <summary>Whether the edits of a group are applied in one call (batch editing) instead of one after the other.</summary>
    public bool Together { get; init; }

    /// <summary>single, sequential-N, sequential-all or batch-N.</summary>
    public string Setting { get; init; } = "single";

    /// <summary>Probes that are generated together.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Seed of the run; with the id of a probe it fixes the draws where the model samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How answers are written; null: the model's own settings.</summary>
    public GenerationConfig? Generation { get; init; }

    /// <summary>Answers of earlier runs, or null. Used where a method changes nothing but the prompt.</summary>
    public ResponseCache? Cache { get; init; }

    /// <summary>Each edit alone: applied, probed, taken back.</summary>
    public static RunConfig Single { get; } = new();

    /// <summary>Edits applied one after the other, then all of them probed.</summary>
    /// <param name="edits">How many; null: all of a series.</param>
    public static RunConfig Sequential(int? edits) => new() { EditsInForce = edits ?? int.MaxValue, Setting = $"sequential-{edits?.ToString() ?? "all"}" };

    /// <summary>Edits applied in one call, then all of them probed.</summary>
    public static RunConfig Batch(int edits) => new() { EditsInForce = edits, Together = true, Setting = $"batch-{edits}" };

    /// <summary>The edits that are in force together, group by group.</summary>
    public IReadOnlyList<EditCase[]> Groups(IReadOnlyList<EditCase> cases) =>
        EditsInForce == 1 ? [.. cases.Select(c => (EditCase[])[c])] : [.. cases.GroupBy(c => c.Series).SelectMany(series => series.Chunk(EditsInForce))];

    /// <summary>The cases of the groups that are full: so many edits in force means so many, and the smaller groups at the end of a series are left out,
    /// unless there are no others.</summary>
    public IReadOnlyList<EditCase> Complete(IReadOnlyList<EditCase> cases) =>
        Groups(cases).Where(group => group.Length == EditsInForce).SelectMany(group => group).ToList() is { Count: > 0 } complete ? complete : cases;
}
