using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Ablation;

/// <summary>One way to run a study.</summary>
/// <param name="Name">In tables; the first variant of a study changes nothing.</param>
/// <param name="Cases">What is asked; null: the study's cases as they are.</param>
/// <param name="Method">What stands in front of it.</param>
/// <param name="Trap">What an answer says that follows the wrong entry; null where there is none, or where the right answer is the same.</param>
public sealed record StudyVariant(string Name, IReadOnlyList<EditCase>? Cases, Method Method, Func<ProbeCase, string?>? Trap = null)
{
    /// <summary>Whether an answer is that of the wrong entry.</summary>
    public const string Followed = "generated/wrong-entry-followed";

    /// <summary>Scored answers with <see cref="Followed"/>, where there is a wrong entry to follow.</summary>
    /// <param name="records">Of this variant.</param>
    /// <param name="cases">What was asked.</param>
    public IReadOnlyList<ProbeRecord> Scored(IReadOnlyList<ProbeRecord> records, IReadOnlyList<EditCase> cases)
    {
        if (Trap is not { } trap) return records;
        var probes = cases.SelectMany(c => c.Probes).ToDictionary(probe => probe.Id);
        return [.. records.Select(record => trap(probes[record.Probe]) is { } wrong ? record with { Metrics = new(record.Metrics, StringComparer.Ordinal)
            { [Followed] = record.Answer is { } said && GroundedSuccess.Normalise(said) == GroundedSuccess.Normalise(wrong) ? 1 : 0 } } : record)];
    }
}

/// <summary>A question about CRANE that is answered by leaving one thing out, or by making it worse.</summary>
/// <param name="Id">Names folder and lines.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Variants">In the order of tables.</param>
public sealed record Study(string Id, string Question, IReadOnlyList<StudyVariant> Variants);

/// <summary>What a variant gave.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="Records">Scored answers.</param>
/// <param name="Weights">Hash of the weights that answered.</param>
/// <param name="Origin">Where the answers come from.</param>
public sealed record StudyResult(string Variant, IReadOnlyList<ProbeRecord> Records, string Weights, RunOrigin Origin);
