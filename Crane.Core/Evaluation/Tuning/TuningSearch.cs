using System.Diagnostics;
using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;

namespace Crane.Core.Evaluation.Tuning;

/// <summary>Tries a method's settings on dev edits, each applied alone, as users of editing toolkits do: by what teacher forcing sees. Grounded Success is
/// written down beside it, so that
/// the record also tells whether another choice would have served the thinking model better.</summary>
/// <param name="parts">Model and train split.</param>
/// <param name="cases">Dev edits.</param>
/// <param name="seed">Written into the record.</param>
/// <param name="commit">Written into the record.</param>
/// <param name="machine">Written into the record.</param>
public sealed class TuningSearch(MethodParts parts, IReadOnlyList<EditCase> cases, int seed, string commit, string machine)
{
    private readonly string hash = WeightHash.Of(parts.Model.Model);
    private readonly Dictionary<string, int[]> untouched = Untouched(parts.Model, cases);

    /// <summary>Dev edits for a search: the same number of each kind, of those that the base can hold a belief about.</summary>
    /// <param name="dev">The dev split.</param>
    /// <param name="perKind">Edits of each kind.</param>
    /// <param name="seed">Fixes the choice.</param>
    /// <param name="pictures">Loads pictures.</param>
    public static IReadOnlyList<EditCase> Choose(IReadOnlyList<BenchmarkEdit> dev, int perKind, int seed, BenchmarkPictures pictures)
    {
        var chosen = new List<BenchmarkEdit>();
        foreach (var (kind, number) in dev.Where(edit => edit.Expected is null).GroupBy(edit => edit.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select((kind, number) => (kind, number)))
        {
            var candidates = kind.ToArray();
            Seeds.Random(seed, number).Shuffle(candidates);
            chosen.AddRange(candidates.Take(perKind));
        }
        return BenchmarkCases.Of(chosen, dev, pictures, _ => "");
    }

    /// <summary>Tries the settings that the record lacks; goes on with a record that exists.</summary>
    /// <param name="method">What is tuned.</param>
    /// <param name="file">The record; written whole after every trial.</param>
    /// <param name="progress">One report a trial.</param>
    /// <param name="cancellationToken">Checked by the method at every step; the trial it falls into is lost.</param>
    /// <exception cref="InvalidDataException">The record is of another model or of other edits.</exception>
    public TuningRecord Run(EditingMethod method, string file, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        var wanted = cases.Where(c => method.Only is null || c.Modality == (method.Only == Modality.Visual ? "visual" : "textual")).ToList();
        var fresh = new TuningRecord(method.Id, TuningRecord.HarmonicMean, [.. wanted.Select(c => c.Edit.Id)], seed, hash, commit, machine, []);
        var record = File.Exists(file) ? TuningRecord.Read(file) : fresh;
        if (record.Base != hash || !record.Edits.SequenceEqual(fresh.Edits))
            throw new InvalidDataException($"{file}: is of the base {record.Base[..12]} on {record.Edits.Count} edits; here are {hash[..12]} and {fresh.Edits.Count}. Move it away to search anew.");
        foreach (var settings in method.Tried)
        {
            if (record.Of(settings) is not null) continue;
            record = record with { Trials = [.. record.Trials, Try(method, settings, wanted, cancellationToken)] };
            record.Write(file);
            progress?.Report(new(method.Id, record.Trials.Count, method.Tried.Count,
                $"score {record.Trials[^1].Score:f3}, Grounded Success {record.Trials[^1].GroundedSuccess:f2}"));
        }
        return record;
    }

    private TuningTrial Try(EditingMethod method, object settings, IReadOnlyList<EditCase> wanted, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using var editor = method.Make(parts, settings);
        var (reliability, generality, locality, success, valid, seconds) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(),
            new List<double>(), new List<double>());
        foreach (var c in wanted)
        {
            seconds.Add(editor.Apply(c.Edit, cancellationToken).Seconds);
            try
            {
                var changed = c.Probes.Where(IsChanged).ToList();
                var others = c.Probes.Where(probe => probe.IsLocality).ToList();
                foreach (var (probe, forced) in changed.Zip(Asked(editor, changed, Forced)))
                    (probe.Level == ProbeLevels.Exact ? reliability : generality).Add(forced.Accuracy);
                foreach (var (probe, forced) in others.Zip(Asked(editor, others, Forced)))
                    locality.Add(forced.Ranked.Zip(untouched[probe.Id]).Count(pair => pair.First[0] == pair.Second) / (double)forced.Target.Length);
                foreach (var (probe, completion) in changed.Zip(Asked(editor, changed, (model, rows) =>
                    model.Generate([.. rows.Select(row => row.Question)], cancellationToken: cancellationToken))))
                {
                    var reasoning = ReasoningParser.Parse(completion.Text, completion.Tokens.Finish == FinishReason.Stop);
                    valid.Add(reasoning.IsValid ? 1 : 0);
                    success.Add(GroundedSuccess.Judge(reasoning, probe.Targets, probe.Path, probe.Injected, probe.OldBeliefs).Success ? 1 : 0);
                }
            }
            finally { editor.Revoke(c.Edit.Id); }
        }
        double[] three = [reliability.Average(), generality.Average(), locality.Average()];
        var score = three.Min() > 0 ? 3 / three.Sum(x => 1 / x) : 0;
        return new(TuningRecord.Json(settings), Round(three[0]), Round(three[1]), Round(three[2]), Round(score), Round(success.Average()),
            Round(valid.Average()), Round(seconds.Average()),
            Math.Round(watch.Elapsed.TotalSeconds, 1));
    }

    /// <summary>Asks each probe of the model that the edited system sends it to; answers in the order of the probes.</summary>
    private T[] Asked<T>(IEditor editor, List<ProbeCase> probes, Func<VisionLanguageModel, List<(Question Question, string Target)>, IReadOnlyList<T>> ask)
    {
        var answers = new T[probes.Count];
        foreach (var routed in Enumerable.Range(0, probes.Count).GroupBy(i => editor.Route(parts.Model, probes[i].Question)))
            foreach (var (i, answer) in routed.Zip(ask(routed.Key, [.. routed.Select(i => (editor.Prompt(probes[i].Question), probes[i].Targets[0]))])))
                answers[i] = answer;
        return answers;
    }

    private static Dictionary<string, int[]> Untouched(VisionLanguageModel model, IReadOnlyList<EditCase> cases)
    {
        var probes = cases.SelectMany(c => c.Probes).Where(probe => probe.IsLocality).ToList();
        return probes.Chunk(32).SelectMany(chunk => chunk.Zip(TeacherForced.Tokens(model, [.. chunk.Select(probe => (probe.Question, probe.Targets[0]))])))
            .ToDictionary(pair => pair.First.Id, pair => pair.Second.Ranked.Select(place => place[0]).ToArray());
    }

    private static IReadOnlyList<ForcedTokens> Forced(VisionLanguageModel model, List<(Question Question, string Target)> rows) =>
        TeacherForced.Tokens(model, rows);

    private static bool IsChanged(ProbeCase probe) => probe.Partners.Length == 0
        && (probe.Level == ProbeLevels.Exact || probe.Level.StartsWith("rephrase", StringComparison.Ordinal));

    private static double Round(double value) => Math.Round(value, 4);
}
