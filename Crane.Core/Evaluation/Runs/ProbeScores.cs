using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Grounding;
using Crane.Core.Evaluation.Metrics;
using Crane.Core.Text;

namespace Crane.Core.Evaluation.Runs;

/// <summary>The metrics of the probes of an edit, from their records alone: a saved run is scored again without a model. A metric's id names family, protocol
/// and scorer;
/// one that does not apply to a probe is left out.</summary>
public static class ProbeScores
{
    /// <summary>Whether the completion has the form.</summary>
    public const string FormatValidity = "generated/format-validity";

    /// <summary>Whether the answer is a target, whatever the chain says.</summary>
    public const string AnswerAccuracy = "generated/answer-accuracy";

    /// <summary>Whether the chain uses every entity of the path, the answer's included, in order, and takes the injected one for true.</summary>
    public const string EntityUsage = "generated/entity-usage";

    /// <summary>Of multi-hop and composition probes: whether the chain uses all entities on the way to the answer, in order.</summary>
    public const string IntermediateEntityUsage = "generated/intermediate-entity-usage";

    /// <summary>Whether a locality probe is answered as without the edit.</summary>
    public const string EditIndependence = "generated/edit-independence";

    /// <summary>Structural collapse: the form is broken where the untouched model keeps it.</summary>
    public const string Collapse = "generated/collapse";

    /// <summary>Cognitive dissonance: the chain turns the edit down, or never takes it up, and the old answer is given.</summary>
    public const string Dissonance = "generated/dissonance";

    /// <summary>Shallow internalisation: of edits whose exact probe succeeds, whether a rephrased or multi-hop probe fails.</summary>
    public const string Shallow = "generated/shallow";

    /// <summary>All metrics of an edit's probes.</summary>
    /// <param name="records">What was said; perhaps of a part of the probes.</param>
    /// <param name="edit">What was asked.</param>
    /// <param name="untouched">What the model says without the edit, by probe, or null.</param>
    /// <returns>The records in their order, with metrics.</returns>
    /// <exception cref="InvalidDataException">A record is of a probe that the edit does not have.</exception>
    public static IReadOnlyList<ProbeRecord> Of(IReadOnlyList<ProbeRecord> records, EditCase edit, IReadOnlyDictionary<string, ProbeRecord>? untouched)
    {
        var probes = edit.Probes.ToDictionary(probe => probe.Id);
        ProbeCase Probe(ProbeRecord record) => probes.GetValueOrDefault(record.Probe)
            ?? throw new InvalidDataException($"A record is of probe '{record.Probe}', which edit '{edit.Edit.Id}' does not have.");
        ProbeRecord[] scored = [.. records.Select(record => record with { Metrics = Of(record, Probe(record), untouched?.GetValueOrDefault(record.Probe)) })];
        if (scored.Where(record => record.Level == ProbeLevels.Exact).Any(record => record.Metrics[GroundedSuccess.Id] == 1))
            foreach (var record in scored.Where(record => IsFurther(record.Level)))
                record.Metrics[Shallow] = 1 - record.Metrics[GroundedSuccess.Id];
        return scored;
    }

    /// <summary>The metrics of a probe by itself: all but <see cref="Shallow"/>.</summary>
    /// <param name="record">What was said.</param>
    /// <param name="probe">What was asked.</param>
    /// <param name="untouched">What the model says without the edit, or null.</param>
    public static SortedDictionary<string, double> Of(ProbeRecord record, ProbeCase probe, ProbeRecord? untouched)
    {
        var reasoning = ReasoningParser.Parse(record.Output, record.EndedByEos);
        var scores = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [FormatValidity] = Of(reasoning.IsValid),
            [AnswerAccuracy] = Of(Is(reasoning.Answer, probe.Targets)),
            [StringMetrics.ExactMatch.Id] = StringMetrics.ExactMatch.Best(probe.Targets, reasoning.Answer ?? ""),
            [StringMetrics.F1.Id] = StringMetrics.F1.Best(probe.Targets, reasoning.Answer ?? ""),
            [StringMetrics.Cem.Id] = StringMetrics.Cem.Best(probe.Targets, record.Output),
        };
        if (record.TeacherForced is { } accuracy) scores[TeacherForced.TokenAccuracyId] = accuracy;
        if (record.TeacherForced is { } all) scores[TargetScores.ExactMatchId] = Of(all == 1);
        if (untouched is not null) scores[Collapse] = Of(!reasoning.IsValid && ReasoningParser.Parse(untouched.Output, untouched.EndedByEos).IsValid);
        if (probe.IsLocality) Locality(record, reasoning, untouched, scores);
        else Edited(record, reasoning, probe, scores);
        return scores;
    }

    private static void Locality(ProbeRecord record, Reasoning reasoning, ProbeRecord? untouched, SortedDictionary<string, double> scores)
    {
        if (untouched is null) return;
        var before = ReasoningParser.Parse(untouched.Output, untouched.EndedByEos);
        scores[EditIndependence] = Of(reasoning.Answer is not null && Is(reasoning.Answer, [before.Answer ?? untouched.Output]));
        if (record.Forced is not { } after || untouched.Forced is not { } ranked || after.Length != ranked.Length) return;
        var pairs = after.Zip(ranked, (now, then) => now.Zip(then, (a, b) => a == b)).SelectMany(same => same).ToList();
        // equal tokens at equal rank, as EasyEdit counts them
        scores[LogitLocality.TopKId(after[0].Length)] = pairs.Count(same => same) / (double)pairs.Count;
    }

    private static void Edited(ProbeRecord record, Reasoning reasoning, ProbeCase probe, SortedDictionary<string, double> scores)
    {
        var think = reasoning.Think ?? "";
        scores[GroundedSuccess.Id] = Of(GroundedSuccess.Judge(reasoning, probe.Targets, probe.Path, probe.Injected, probe.OldBeliefs).Success);
        var takenUp = ChainReader.Read(think, probe.Injected, probe.OldBeliefs, probe.Path).TakesUp;
        // naming the injected entity to turn it down is no use of it
        bool Uses(string[] path) => GroundedSuccess.Uses(think, path) && (takenUp || !path.Contains(probe.Injected));
        scores[EntityUsage] = Of(Uses(probe.Path));
        if (IsMultiHop(record.Level) && probe.Path.Length > 1) scores[IntermediateEntityUsage] = Of(Uses(probe.Path[..^1]));
        if (probe.OldAnswer is null) return;
        scores[Dissonance] = Of(reasoning.IsValid && Is(reasoning.Answer, [probe.OldAnswer]) && !takenUp);
    }

    private static bool IsMultiHop(string level) => level.StartsWith("multi-hop", StringComparison.Ordinal) || level == ProbeLevels.Composition;

    private static bool IsFurther(string level) => level.StartsWith("multi-hop", StringComparison.Ordinal)
        || level.StartsWith("rephrase", StringComparison.Ordinal);

    private static bool Is(string? answer, IEnumerable<string> targets) => answer is not null
        && targets.Any(target => GroundedSuccess.Normalise(target) == GroundedSuccess.Normalise(answer));

    private static double Of(bool holds) => holds ? 1 : 0;
}
