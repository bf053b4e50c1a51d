using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Settings of an evaluation.</summary>
public sealed record RunConfig
{
    /// <summary>Edits that are in force together: 1 for single editing; of more, all are applied one after the other before the first probe is asked.</summary>
    public int EditsInForce { get; init; } = 1;

    /// <summary>single, or sequential- and the number of edits.</summary>
    public string Setting { get; init; } = "single";

    /// <summary>Probes that are generated together.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Seed of the run; fixes the draws where the model samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How answers are written; null: the model's own settings.</summary>
    public GenerationConfig? Generation { get; init; }
}

/// <summary>Puts all probes of all edits to an edited model and writes a line a probe. A run that was killed goes on where it was.</summary>
public static class EvaluationRun
{
    /// <summary>The log of probes in the folder of a run.</summary>
    public const string ProbesFile = "probes.jsonl";

    /// <summary>The log of times.</summary>
    public const string TimesFile = "times.jsonl";

    /// <summary>Runs, or goes on with, an evaluation.</summary>
    /// <param name="model">The model; its weights are as before when the call ends, which is verified by their hash after every group of edits.</param>
    /// <param name="method">What is evaluated.</param>
    /// <param name="cases">Edits and probes.</param>
    /// <param name="config">Settings.</param>
    /// <param name="folder">Where the logs go; one folder a run.</param>
    /// <param name="baseline">Records of <see cref="Method.Base"/> on the same probes, for the metrics that compare with the untouched model; null for the base itself.</param>
    /// <param name="progress">One report a batch.</param>
    /// <param name="cancellationToken">Ends the run between two batches; the next call goes on.</param>
    /// <returns>A record a probe, in the order of the cases.</returns>
    /// <exception cref="InvalidOperationException">Taking the edits back left a weight changed.</exception>
    /// <exception cref="InvalidDataException">The folder holds a run of other probes.</exception>
    public static IReadOnlyList<ProbeRecord> Run(VisionLanguageModel model, Method method, IReadOnlyList<EditCase> cases, RunConfig config, string folder,
        IReadOnlyList<ProbeRecord>? baseline = null, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        using var log = RunLog<ProbeRecord>.Open(Path.Combine(folder, ProbesFile));
        using var times = RunLog<GroupTime>.Open(Path.Combine(folder, TimesFile));
        Check(log, cases, folder);
        var untouched = baseline?.ToDictionary(record => record.Probe);
        var hash = WeightHash.Of(model.Model);
        var total = cases.Sum(c => c.Probes.Count);
        foreach (var group in cases.Chunk(config.EditsInForce))
        {
            var left = group.SkipWhile(c => Done(log, c)).ToList();
            if (left.Count == 0) continue;
            Edit[] edits = [.. group.Select(c => c.Edit)];
            var applied = Timed(() => Apply(method, edits, cancellationToken));
            try
            {
                foreach (var edit in left)
                {
                    var asked = Timed(() => Ask(model, method, edit, group, config, untouched, log, total, progress, cancellationToken));
                    times.Append([new(edit.Edit.Id, config.Setting, edit.Probes.Count, applied / group.Length, asked)]);
                }
            }
            finally { Revoke(method, edits); }
            if (WeightHash.Of(model.Model) != hash) throw new InvalidOperationException($"{method.Id}: the weights are not what they were after '{group[^1].Edit.Id}' and {group.Length - 1} other edits were taken back.");
        }
        return log.Records;
    }

    private static void Ask(VisionLanguageModel model, Method method, EditCase edit, EditCase[] group, RunConfig config, Dictionary<string, ProbeRecord>? untouched,
        RunLog<ProbeRecord> log, int total, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var known = log.Records.Count(record => record.Edit == edit.Edit.Id);   // of a run that was killed while it wrote
        var records = new List<ProbeRecord>();
        foreach (var together in edit.Probes.GroupBy(probe => string.Join(' ', probe.Partners)))
        {
            Edit[] partners = [.. edit.Partners.Where(partner => together.First().Partners.Contains(partner.Id) && group.All(other => other.Edit.Id != partner.Id))];
            Apply(method, partners, cancellationToken);
            try
            {
                foreach (var chunk in together.Chunk(config.BatchSize))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    records.AddRange(Ask(model, method, edit, chunk, group.Length + partners.Length, config, untouched, cancellationToken));
                    progress?.Report(new(method.Id, log.Records.Count + records.Count - known, total, edit.Edit.Id));
                }
            }
            finally { Revoke(method, partners); }
        }
        log.Append(records.Skip(known));
    }

    private static IEnumerable<ProbeRecord> Ask(VisionLanguageModel model, Method method, EditCase edit, ProbeCase[] probes, int inForce, RunConfig config,
        Dictionary<string, ProbeRecord>? untouched, CancellationToken cancellationToken)
    {
        var asked = probes.Select(probe => (Probe: probe, Prompted: method.Prompt(probe, edit))).ToList();
        var records = new Dictionary<string, ProbeRecord>();
        foreach (var routed in asked.GroupBy(a => method.Editor?.Route(model, a.Prompted.Question) ?? model))
        {
            var completions = routed.Key.Generate([.. routed.Select(a => a.Prompted.Question)], config.Generation, config.Seed, cancellationToken: cancellationToken);
            foreach (var (a, completion) in routed.Zip(completions))
                records[a.Probe.Id] = Record(routed.Key, edit, a.Probe, a.Prompted, completion, inForce, config.Seed, untouched?.GetValueOrDefault(a.Probe.Id));
        }
        return probes.Select(probe => records[probe.Id]);
    }

    private static ProbeRecord Record(VisionLanguageModel model, EditCase edit, ProbeCase probe, Prompted prompted, Completion completion, int inForce, int seed, ProbeRecord? untouched)
    {
        var ended = completion.Tokens.Finish == FinishReason.Stop;
        var reasoning = ReasoningParser.Parse(completion.Text, ended);
        double? teacherForced = probe.IsLocality ? null : TeacherForced.TokenAccuracy(model, prompted.Question, probe.Targets[0]);
        var record = new ProbeRecord(edit.Edit.Id, probe.Id, probe.Level, edit.Modality, edit.Stratum, inForce, PromptHash(prompted.Question), prompted.Entries, completion.Text,
            reasoning.Think, reasoning.Answer, ended, teacherForced, seed, []);
        return record with { Metrics = ProbeScores.Of(record, probe, untouched) };
    }

    private static void Apply(Method method, Edit[] edits, CancellationToken cancellationToken)
    {
        var done = new List<Edit>();
        try
        {
            foreach (var edit in edits)
            {
                method.Editor?.Apply(edit, cancellationToken);
                done.Add(edit);
            }
        }
        catch
        {
            Revoke(method, done);
            throw;
        }
    }

    private static void Revoke(Method method, IEnumerable<Edit> edits)
    {
        foreach (var edit in edits.Reverse()) method.Editor?.Revoke(edit.Id);
    }

    private static bool Done(RunLog<ProbeRecord> log, EditCase edit) => log.Records.Count(record => record.Edit == edit.Edit.Id) == edit.Probes.Count;

    private static void Check(RunLog<ProbeRecord> log, IReadOnlyList<EditCase> cases, string folder)
    {
        foreach (var (record, probe) in log.Records.Zip(cases.SelectMany(c => c.Probes)))
            if (record.Probe != probe.Id) throw new InvalidDataException($"{folder}: holds a run in which '{record.Probe}' stands where '{probe.Id}' is expected; choose another folder or delete it.");
    }

    private static double Timed(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3);
    }

    private static string PromptHash(Question question)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(question.Text));
        if (question.Picture is { } picture) hash.AppendData(picture.Rgb);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
