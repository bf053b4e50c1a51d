using System.Text;
using Crane.Core.Evaluation.Statistics;
using Crane.Core.Model;

namespace Crane.Core.Evaluation.Runs;

/// <summary>What one edit cost.</summary>
/// <param name="Edit">Its id.</param>
/// <param name="EditSeconds">Processor time to put it in force.</param>
/// <param name="BytesPerEdit">What is kept or changed for it; for a method that writes entries into the prompt, the UTF-8 bytes of its entry.</param>
/// <param name="AddedSeconds">Processor time of an answer to its question with the edit in force, the look-up of a memory included, less that without it;
/// negative where answers become shorter.</param>
public sealed record MeasuredCost(string Edit, double EditSeconds, double BytesPerEdit, double AddedSeconds);

/// <summary>A cost of a run, one value an edit.</summary>
/// <param name="Metric">cost/edit-seconds, cost/bytes-per-edit or cost/added-seconds.</param>
/// <param name="Values">In seconds or bytes.</param>
public sealed record CostLine(string Metric, double[] Values);

/// <summary>Measures what edits of a method cost, on a few edits that are spread over a run, by the processor's clock, so that other work on the machine does
/// not count.</summary>
public static class RunCosts
{
    /// <summary>What the ids of costs begin with.</summary>
    public const string Family = "cost/";

    /// <summary>Ids of costs.</summary>
    public const string EditSeconds = Family + "edit-seconds", BytesPerEdit = Family + "bytes-per-edit", AddedSeconds = Family + "added-seconds";

    /// <summary>The log in the folder of a run.</summary>
    public const string File = "costs.jsonl";

    private const int Repeats = 2;

    /// <summary>Measures, unless the folder has it already.</summary>
    /// <param name="model">The model of the run, with no edit in force.</param>
    /// <param name="method">The method; not the base, which has no edits.</param>
    /// <param name="cases">The edits of the run.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="edits">How many are measured.</param>
    /// <param name="cancellationToken">Checked before each answer and by the method.</param>
    public static CostLine[] Measure(VisionLanguageModel model, Method method, IReadOnlyList<EditCase> cases, string folder, int edits = 8,
        CancellationToken cancellationToken = default)
    {
        using var log = RunLog<MeasuredCost>.Open(Path.Combine(folder, File));
        var count = Math.Min(edits, cases.Count);
        if (log.Records.Count < count) model.Generate([cases[0].Edit.Question], cancellationToken: cancellationToken);   // the first answer warms up
        for (var i = log.Records.Count; i < count; i++) log.Append([One(model, method, cases[(int)((long)i * cases.Count / count)], cancellationToken)]);
        return [new(EditSeconds, [.. log.Records.Select(c => c.EditSeconds)]), new(BytesPerEdit, [.. log.Records.Select(c => c.BytesPerEdit)]),
            new(AddedSeconds, [.. log.Records.Select(c => c.AddedSeconds)])];
    }

    /// <summary>Summary lines of the costs of all seeds of a run: means with Student's 95 % interval over edits.</summary>
    public static IReadOnlyList<SummaryLine> Lines(IReadOnlyList<StoredRun> seeds, RunOrigin origin)
    {
        var head = seeds[0].Head;
        return [.. seeds.SelectMany(run => run.Head.Costs).GroupBy(cost => cost.Metric, (metric, costs) =>
            (Metric: metric, Values: costs.SelectMany(c => c.Values).ToArray()))
            .Where(cost => cost.Values.Length > 1).OrderBy(cost => cost.Metric, StringComparer.Ordinal).Select(cost =>
            {
                var (mean, interval) = (cost.Values.Average(), MeanInterval.Student(cost.Values));
                return new SummaryLine(head.Method, head.Setting, head.Retrieval, RunSummary.All, RunSummary.All, RunSummary.All, cost.Metric, Rounded(mean),
                    Rounded(Math.Min(interval.Low, mean)),
                    Rounded(Math.Max(interval.High, mean)), cost.Values.Length, cost.Values.Length, origin.Seeds, origin.Commit, origin.Machine,
                        origin.Seconds);
            })];
    }

    private static MeasuredCost One(VisionLanguageModel model, Method method, EditCase edit, CancellationToken cancel)
    {
        var probe = edit.Probes[0];
        double Answer(VisionLanguageModel of, Question question) => Enumerable.Range(0, Repeats)
            .Select(_ => ProcessorClock.Of(() => of.Generate([question], cancellationToken: cancel))).Min();
        var before = Answer(model, probe.Question);
        if (method.Editor is not { } editor)
        {
            var (prompted, memory) = (method.Prompt(probe, edit).Question, method.MemorySeconds?.Invoke(edit) ?? (0, 0));
            return Rounded(new MeasuredCost(edit.Edit.Id, memory.Edit, Math.Max(Bytes(prompted) - Bytes(probe.Question), 0),
                memory.LookUp + Answer(model, prompted) - before));
        }
        var bytes = 0.0;
        var seconds = ProcessorClock.Of(() => bytes = editor.Apply(edit.Edit, cancel).BytesPerEdit);
        try { return Rounded(new MeasuredCost(edit.Edit.Id, seconds, bytes,
            Answer(editor.Route(model, probe.Question), method.Prompt(probe, edit).Question) - before)); }
        finally { editor.Revoke(edit.Edit.Id); }
    }

    private static int Bytes(Question question) => Encoding.UTF8.GetByteCount(question.Text);

    private static MeasuredCost Rounded(MeasuredCost cost) => cost with { EditSeconds = Rounded(cost.EditSeconds), BytesPerEdit =
        Math.Round(cost.BytesPerEdit, 1), AddedSeconds = Rounded(cost.AddedSeconds) };

    private static double Rounded(double value) => Math.Round(value, 6);
}
