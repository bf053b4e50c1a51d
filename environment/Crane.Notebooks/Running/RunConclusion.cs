using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using Crane.Notebooks.Pages;

namespace Crane.Notebooks.Running;

/// <summary>What stands around a run: its start is noted, and when it is complete its answers and numbers go to the results.</summary>
internal static class RunConclusion
{
    /// <summary>Notes with what code a run begins; see <see cref="RunStarts"/>.</summary>
    public static void Begin(string folder, int seed, IReadOnlyList<EditCase> cases) =>
        RunStarts.Note(folder, new(Provenance.Commit(Chapters.Root()), Provenance.Machine(), seed), cases.Sum(c => c.Probes.Count));

    /// <summary>The run as it is stored.</summary>
    /// <param name="method">What was run.</param>
    /// <param name="records">Scored.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="config">Its setting.</param>
    /// <param name="costs">See <see cref="Costs"/>.</param>
    public static StoredRun Stored(Method method, IReadOnlyList<ProbeRecord> records, string folder, RunConfig config, CostLine[] costs)
    {
        var origin = RunStarts.Origin(folder);
        return new(new(StoredRun.Version, method.Id, config.Setting, method.Retrieval, origin.Seeds[0], origin.Commit, origin.Machine, origin.Seconds,
            records.Count, costs), [.. records.Select(StoredAnswer.Of)]);
    }

    /// <summary>What edits of the method cost; nothing for the base, nor where several are in force, whose cost is that of one.</summary>
    public static CostLine[] Costs(VisionLanguageModel model, Method method, IReadOnlyList<EditCase> cases, RunConfig config, string folder,
        CancellationToken cancellation) =>
        method.Id == Method.Base.Id || config.EditsInForce > 1 ? [] : RunCosts.Measure(model, method, cases, folder, cancellationToken: cancellation);
}
