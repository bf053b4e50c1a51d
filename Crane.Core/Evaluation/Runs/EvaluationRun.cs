using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Text;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Puts all probes of all edits to an edited model and writes a line a probe. A run that was killed goes on where it was.</summary>
public static class EvaluationRun
{
    /// <summary>The log of probes in the folder of a run.</summary>
    public const string ProbesFile = "probes.jsonl";

    /// <summary>The log of times.</summary>
    public const string TimesFile = "times.jsonl";

    private const int EditsBetweenWrites = 16, RankedInPictures = 10;

    /// <summary>Runs, or goes on with, an evaluation.</summary>
    /// <param name="model">The model; its weights are as before when the call ends, which is verified by their hash after every group of edits.</param>
    /// <param name="method">What is evaluated.</param>
    /// <param name="cases">Edits and probes; where several edits are in force together, see <see cref="BenchmarkSet.Cases(RunConfig)"/>.</param>
    /// <param name="config">Settings.</param>
    /// <param name="folder">Where the logs go; one folder a run.</param>
    /// <param name="baseline">Records of <see cref="Method.Base"/> on the same probes, for the metrics that compare with the untouched model; null for the base
    /// itself.</param>
    /// <param name="progress">One report a batch.</param>
    /// <param name="cancellationToken">Ends the run between two tokens; the next call goes on.</param>
    /// <returns>A record a probe, in the order of the groups (<see cref="RunConfig.Groups"/>) and their probes; where the folder holds more, those asked
    /// for.</returns>
    /// <exception cref="InvalidOperationException">Taking the edits back left a weight changed.</exception>
    /// <exception cref="InvalidDataException">The folder holds a run of other probes.</exception>
    public static IReadOnlyList<ProbeRecord> Run(VisionLanguageModel model, Method method, IReadOnlyList<EditCase> cases, RunConfig config, string folder,
        IReadOnlyList<ProbeRecord>? baseline = null, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        using var log = RunLog<ProbeRecord>.Open(Path.Combine(folder, ProbesFile));
        using var times = RunLog<GroupTime>.Open(Path.Combine(folder, TimesFile));
        var run = new Running(model, method, config, baseline?.ToDictionary(record => record.Probe), progress, cases.Sum(c => c.Probes.Count),
            cancellationToken);
        // A method without an editor changes nothing, so its edits need no groups of their own.
        var groups = method.Editor is null ? [[.. config.Groups(cases).SelectMany(group => group)]] : config.Groups(cases);
        Check(log.Records, groups, folder);
        var wanted = groups.Sum(group => group.Sum(c => c.Probes.Count));
        var written = log.Records.Count;
        var hash = method.Editor is null ? null : WeightHash.Of(model.Model);
        foreach (var group in groups)
        {
            if (group.Sum(c => c.Probes.Count) is var probes && written >= probes)
            {
                written -= probes;
                continue;
            }
            Edit[] edits = [.. group.Select(c => c.Edit)];
            var applied = Timed(() => run.Apply(edits));
            try
            {
                foreach (var block in group.Chunk(EditsBetweenWrites))
                {
                    var known = Math.Min(written, block.Sum(c => c.Probes.Count));   // of a run that was killed while it wrote
                    written -= known;
                    if (known == block.Sum(c => c.Probes.Count)) continue;
                    IReadOnlyList<ProbeRecord> records = [];
                    var asked = Timed(() => records = run.Ask(block, group, log.Records.Count - known));
                    times.Append(block.Select(c =>
                        new GroupTime(c.Edit.Id, config.Setting, c.Probes.Count, Math.Round(applied / group.Length, 4), Math.Round(asked / block.Length, 4))));
                    log.Append(records.Skip(known));
                }
            }
            finally { run.Revoke(edits); }
            if (hash is not null && WeightHash.Of(model.Model) != hash)
                throw new InvalidOperationException($"{method.Id}: the weights are not what they were after '{group[^1].Edit.Id}' and {group.Length - 1} other edits were taken back.");
        }
        return [.. log.Records.Take(wanted)];
    }

    /// <summary>Scores saved answers again, without a model: after a change of the judge or of a metric.</summary>
    /// <param name="records">As they were written, perhaps of a part of the probes.</param>
    /// <param name="cases">What was asked.</param>
    /// <param name="baseline">Records of the untouched model; null: of a base run.</param>
    /// <exception cref="InvalidDataException">A record is of a probe that the cases do not have.</exception>
    public static IReadOnlyList<ProbeRecord> Score(IEnumerable<ProbeRecord> records, IReadOnlyList<EditCase> cases, IReadOnlyList<ProbeRecord>? baseline = null)
    {
        var untouched = baseline?.ToDictionary(record => record.Probe);
        var byEdit = cases.ToDictionary(c => c.Edit.Id);
        return [.. records.GroupBy(record => record.Edit).SelectMany(edit => byEdit.TryGetValue(edit.Key, out var asked)
            ? ProbeScores.Of([.. edit], asked, untouched)
                : throw new InvalidDataException($"A record is of edit '{edit.Key}', which is not among the {cases.Count} edits given."))];
    }

    private sealed record Running(VisionLanguageModel Model, Method Method, RunConfig Config, Dictionary<string, ProbeRecord>? Untouched,
        IProgress<ProgressUpdate>? Progress, int Total,
        CancellationToken Cancel)
    {
        public IReadOnlyList<ProbeRecord> Ask(EditCase[] block, EditCase[] group, int done)
        {
            var answers = new Dictionary<string, ProbeRecord>();
            var inForce = Method.Editor is null ? [] : group.Select(c => c.Edit.Id).ToHashSet();
            var probes = block.SelectMany(c => c.Probes.Select(probe => (Case: c, Probe: probe))).ToList();
            foreach (var together in probes.GroupBy(p => Method.Editor is null ? "" : string.Join(' ', p.Probe.Partners.Where(id => !inForce.Contains(id)))))
            {
                Edit[] partners = together.Key.Length == 0 ? []
                    : [.. together.Key.Split(' ').Select(id => together.First().Case.Partners.First(partner => partner.Id == id))];
                Apply(partners, oneByOne: true);
                try { Ask([.. together], group.Length + partners.Length, answers, done); }
                finally { Revoke(partners); }
            }
            return [.. block.SelectMany(c => ProbeScores.Of([.. c.Probes.Select(probe => answers[probe.Id])], c, Untouched))];
        }

        private void Ask(IReadOnlyList<(EditCase Case, ProbeCase Probe)> probes, int inForce, Dictionary<string, ProbeRecord> answers, int done)
        {
            var asked = probes.Select(p => (p.Case, p.Probe, Prompted: Method.Prompt(p.Probe, p.Case))).ToList();
            var before = answers.Count;
            foreach (var routed in asked.GroupBy(a => Method.Editor?.Route(Model, a.Probe.Question) ?? Model))
            {
                var rows = routed.ToList();
                var responder = new Responder(routed.Key, Config.Generation, Config.BatchSize, Method.Editor is null or PromptEditor ? Config.Cache : null);
                var responses = responder.Ask([.. rows.Select(a => (a.Prompted.Question, Responder.Seed(Config.Seed, a.Probe.Id)))],
                    said => Progress?.Report(new(Method.Id, done + before + said, Total, rows[0].Case.Edit.Id)), Cancel);
                var forced = rows.Chunk(Config.BatchSize)
                    .SelectMany(chunk => TeacherForced.Tokens(routed.Key, [.. chunk.Select(a => (a.Prompted.Question, a.Probe.Targets[0]))], RankedInPictures))
                    .ToList();
                for (var i = 0; i < rows.Count; i++)
                    answers[rows[i].Probe.Id] = Record(rows[i].Case, rows[i].Probe, rows[i].Prompted, responses[i], forced[i], inForce);
                before = answers.Count;
            }
        }

        private ProbeRecord Record(EditCase edit, ProbeCase probe, Prompted prompted, Response response, ForcedTokens forced, int inForce)
        {
            var reasoning = ReasoningParser.Parse(response.Text, response.EndedByEos);
            var ranked = probe.IsLocality && probe.Question.Picture is not null ? forced.Ranked : [.. forced.Ranked.Select(place => place[..1])];
            return new(edit.Edit.Id, probe.Id, probe.Level, edit.Modality, edit.Stratum, Method.Editor is null ? prompted.Entries.Length
                : inForce, PromptHash(prompted.Question), prompted.Entries, response.Text,
                reasoning.Think, reasoning.Answer, response.EndedByEos, Math.Round(forced.Accuracy, 4), ranked, Config.Seed, []);
        }

        public void Apply(Edit[] edits, bool oneByOne = false)
        {
            if (Method.Editor is not { } editor || edits.Length == 0) return;
            if (Config.Together && !oneByOne)
            {
                editor.Apply(edits, Cancel);
                return;
            }
            var done = new List<Edit>();
            try
            {
                foreach (var edit in edits)
                {
                    editor.Apply(edit, Cancel);
                    done.Add(edit);
                    if (!oneByOne && edits.Length > 1) Progress?.Report(new($"{Method.Id}, edits", done.Count, edits.Length, edit.Id));
                }
            }
            catch
            {
                Revoke(done);
                throw;
            }
        }

        public void Revoke(IReadOnlyList<Edit> edits)
        {
            if (Method.Editor is not { } editor) return;
            if (editor.InForce.Count == edits.Count) editor.RevokeAll();
            else foreach (var edit in edits.Reverse()) editor.Revoke(edit.Id);
        }
    }

    private static void Check(IReadOnlyList<ProbeRecord> records, IReadOnlyList<EditCase[]> groups, string folder)
    {
        var expected = groups.SelectMany(group => group).SelectMany(c => c.Probes).Select(probe => probe.Id).ToList();
        for (var i = 0; i < Math.Min(records.Count, expected.Count); i++)   // behind them a larger sample may stand
            if (records[i].Probe != expected[i]) throw new InvalidDataException($"{folder}: holds a run in which '{records[i].Probe}' stands where '{expected[i]}' is expected; choose another folder or delete it.");
    }

    private static double Timed(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string PromptHash(Question question)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(question.Text));
        if (question.Picture is { } picture) hash.AppendData(picture.Rgb);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
