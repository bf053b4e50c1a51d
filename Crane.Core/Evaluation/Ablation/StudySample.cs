using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Ablation;

/// <summary>What studies ask. The probes of an edit resemble each other, so a study learns more from one probe a level of many edits than from all probes of
/// a few.</summary>
public static class StudySample
{
    /// <summary>Of each edit one probe a level, drawn by seed, in their order.</summary>
    /// <param name="cases">With all their probes.</param>
    /// <param name="seed">Of the draw; what is drawn of an edit does not depend on the others.</param>
    public static IReadOnlyList<EditCase> OneOfALevel(IReadOnlyList<EditCase> cases, int seed = 1) => [.. cases.Select(c =>
    {
        var drawn = c.Probes.GroupBy(probe => probe.Level).Select(level => level.MinBy(probe => Responder.Seed(seed, probe.Id))!.Id).ToHashSet();
        return c with { Probes = [.. c.Probes.Where(probe => drawn.Contains(probe.Id))] };
    })];

    /// <summary>The neighbours alone: all that the untouched model has to be asked, since success and form are compared with no one.</summary>
    public static IReadOnlyList<EditCase> Neighbours(IReadOnlyList<EditCase> cases) =>
        [.. cases.Select(c => c with { Probes = [.. c.Probes.Where(probe => probe.IsLocality)] }).Where(c => c.Probes.Count > 0)];
}
