using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>What one probe gave in an evaluation: scores, the chain with its entities coloured, the answer, and what was retrieved.</summary>
    /// <param name="record">A line of a run.</param>
    /// <param name="probe">The probe it answers: brings the question, and the entities to colour. Null: the text stays plain.</param>
    /// <exception cref="ArgumentException">The record answers another probe.</exception>
    public static View Record(ProbeRecord record, Probe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (probe is not null && probe.Id != record.Probe)
            throw new ArgumentException($"The record answers probe '{record.Probe}', not '{probe.Id}'.", nameof(probe));
        var card = new Card($"{record.Modality} probe", record.Probe, null).Badge(record.Level).Badge($"conviction: {record.Stratum}");
        foreach (var (metric, value) in record.Metrics)
            if (value is 0 or 1) card.Badge(metric, value == 1);
            else card.Badge(FormattableString.Invariant($"{metric} {value:G3}"));
        var markup = Markup(record, probe);
        return card.With("edit", record.Edit + (record.InForce > 1 ? $", one of {record.InForce} in force" : ""))
            .With("question", probe?.Question)
            .With("output", record.Output, markup.Render() + Legend(markup.Roles, markup.HasDoubt))
            .With("answer", record.Answer ?? "none: the form is broken" + (record.EndedByEos ? "" : ", the limit of tokens ended it"))
            .With("right answer", probe?.Answer)
            .With("teacher-forced", record.TeacherForced is { } forced ? FormattableString.Invariant($"{100 * forced:0.#} % of the target's tokens") : null)
            .With("retrieved", string.Join(", ", record.Retrieved.Select(r => FormattableString.Invariant($"{r.Id} ({r.Score:G3})")))).View();
    }

    /// <summary>Many records as a table that sorts: a row each, a column for every metric that one of them has.</summary>
    /// <param name="records">Lines of a run.</param>
    public static TableView Records(IEnumerable<ProbeRecord> records)
    {
        ProbeRecord[] all = [.. records];
        string[] metrics = [.. all.SelectMany(r => r.Metrics.Keys).Distinct().Order(StringComparer.Ordinal)];
        return new(["probe", "level", "conviction", "in force", "answer", .. metrics],
            [.. all.Select(r => (IReadOnlyList<object?>)[r.Probe, r.Level, r.Stratum, r.InForce, r.Answer,
                .. metrics.Select(m => r.Metrics.TryGetValue(m, out var value) ? value : (object?)null)])]);
    }

    private static ChainMarkup Markup(ProbeRecord record, Probe? probe)
    {
        if (probe is null) return new(record.Output, [], []);
        List<(string, EntityRole)> mentions = [];
        var doubt = probe.Chain is [var injected, ..] ? GroundedSuccess.RejectingSentence(record.Think ?? "", injected) : null;
        if (probe.OldAnswer is { } old && old != probe.Answer) mentions.Add((old, EntityRole.Seen));
        mentions.AddRange(probe.Chain.Select((entity, i) => (entity, doubt is not null && i == 0 ? EntityRole.Rejected : EntityRole.Injected)));
        return new(record.Output, mentions, doubt is null ? [] : [doubt]);
    }
}
