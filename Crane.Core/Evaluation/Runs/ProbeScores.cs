using Crane.Core.Text;

namespace Crane.Core.Evaluation.Runs;

/// <summary>The metrics of one probe, from its record alone: a saved run is scored again without a model.</summary>
public static class ProbeScores
{
    /// <summary>Whether the completion has the form.</summary>
    public const string FormatValidity = "generated/format-validity";

    /// <summary>Whether the answer is a target, whatever the chain says.</summary>
    public const string AnswerAccuracy = "generated/answer-accuracy";

    /// <summary>Whether the chain uses every entity of the path, in order.</summary>
    public const string EntityUsage = "generated/entity-usage";

    /// <summary>Whether a locality probe is answered as without the edit.</summary>
    public const string EditIndependence = "generated/edit-independence";

    /// <summary>Structural collapse: the form is broken where the untouched model keeps it.</summary>
    public const string Collapse = "generated/collapse";

    /// <summary>Cognitive dissonance: the chain turns the edit down, or never takes it up, and the old answer is given.</summary>
    public const string Dissonance = "generated/dissonance";

    /// <summary>All metrics that apply.</summary>
    /// <param name="record">What was said.</param>
    /// <param name="probe">What was asked.</param>
    /// <param name="untouched">What the model says without the edit, or null.</param>
    public static SortedDictionary<string, double> Of(ProbeRecord record, ProbeCase probe, ProbeRecord? untouched)
    {
        var reasoning = ReasoningParser.Parse(record.Output, record.EndedByEos);
        var scores = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [FormatValidity] = Of(reasoning.IsValid),
            [AnswerAccuracy] = Of(Is(record.Answer, probe.Targets)),
        };
        if (untouched is not null) scores[Collapse] = Of(!reasoning.IsValid && ReasoningParser.Parse(untouched.Output, untouched.EndedByEos).IsValid);
        if (probe.IsLocality)
        {
            if (untouched is not null) scores[EditIndependence] = Of(record.Answer is not null && Is(record.Answer, [untouched.Answer ?? untouched.Output]));
            return scores;
        }
        if (record.TeacherForced is { } accuracy) scores[TeacherForced.TokenAccuracyId] = accuracy;
        scores[GroundedSuccess.Id] = Of(GroundedSuccess.Judge(reasoning, probe.Targets, probe.Path, probe.Injected).Success);
        scores[EntityUsage] = Of(reasoning.Think is not null && GroundedSuccess.Uses(reasoning.Think, probe.Path));
        var think = reasoning.Think ?? "";
        var turnedDown = GroundedSuccess.RejectingSentence(think, probe.Injected) is not null || !GroundedSuccess.Uses(think, [probe.Injected]);
        if (probe.OldAnswer is not null) scores[Dissonance] = Of(Is(record.Answer, [probe.OldAnswer]) && turnedDown);
        return scores;
    }

    private static bool Is(string? answer, IEnumerable<string> targets) => answer is not null && targets.Any(target => GroundedSuccess.Normalise(target) == GroundedSuccess.Normalise(answer));

    private static double Of(bool holds) => holds ? 1 : 0;
}
