using System.Diagnostics;
using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Ablation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;
using Crane.Notebooks.Files;
using Crane.Notebooks.Pages;

namespace Crane.Notebooks.Running;

/// <summary>Which studies shall be run, and on what.</summary>
/// <param name="Studies">Ids; empty: all.</param>
/// <param name="Weights">Folder of CRANE's weights.</param>
/// <param name="Trainings">Further folders of weights, name=folder, for the study of trainings.</param>
/// <param name="Edits">A drawn sample of so many test edits (<see cref="EditSample"/>), of each one probe a level.</param>
/// <param name="Out">Folder of the runs.</param>
/// <param name="Results">File of the numbers.</param>
/// <param name="Minutes">Stops after so long; the same command goes on. null: never.</param>
internal sealed record AblateSettings(string[] Studies, string Weights, string[] Trainings, int Edits, string Out, string Results, double? Minutes);

/// <summary>Leaves parts of CRANE out and makes its world worse, one thing at a time.</summary>
internal static class AblateCommand
{
    private const string Method = "crane";

    /// <summary>Ids of the studies.</summary>
    public static IReadOnlyList<string> Known { get; } = ["distractors", "wrong entries", "old belief", "order", "picture noise", "wording", "retrieval",
        "picture noise, looked up", "wording, looked up", "library size", "training"];

    public static async Task<int> Run(AblateSettings settings, TextWriter log, CancellationToken cancellation)
    {
        if (settings.Studies.Except(Known).FirstOrDefault() is { } unknown)
            throw new NotebookException($"There is no study '{unknown}'; there are {string.Join(", ", Known)}.");
        if (!File.Exists(Path.Combine(settings.Weights,
            "config.json"))) throw new NotebookException($"--weights {settings.Weights}: a folder with CRANE's weights was expected.");
        TorchSharp.torch.set_num_threads(1);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (settings.Minutes is { } minutes) limit.CancelAfter(TimeSpan.FromMinutes(minutes));
        using var run = new Ablation(settings, log, limit.Token);
        try
        {
            foreach (var id in Known.Where(id => settings.Studies.Length == 0 || settings.Studies.Contains(id))) await run.Study(id);
            return 0;
        }
        catch (OperationCanceledException)
        {
            log.WriteLine($"{Environment.NewLine}Stopped; the same command goes on.");
            return 130;
        }
    }

    private sealed class Ablation : IDisposable
    {
        private readonly AblateSettings settings;
        private readonly TextWriter log;
        private readonly CancellationToken cancel;
        private readonly VisionLanguageModel model, crane;
        private readonly BenchmarkSet set;
        private readonly IReadOnlyList<EditCase> cases;
        private readonly string weights;
        private readonly Lazy<LearntMemory> learnt = new(() => LearntMemory.Load());
        private readonly ResponseCache answers;
        private RetrievalStudies? retrieval;
        private readonly RunConfig config;
        private readonly IProgress<ProgressUpdate> bar;

        public Ablation(AblateSettings settings, TextWriter log, CancellationToken cancel)
        {
            (this.settings, this.log, this.cancel) = (settings, log, cancel);
            model = VisionLanguageModel.Load(DataFolder.Of("nano"), cancellationToken: cancel);
            crane = VisionLanguageModel.Load(settings.Weights, cancellationToken: cancel);
            weights = WeightHash.Of(crane.Model);
            set = BenchmarkSet.Shipped().Sample(settings.Edits);
            cases = StudySample.OneOfALevel(set.Cases());
            answers = new(Path.Combine(settings.Out, "answers.jsonl"));   // many variants put the same to the model
            config = RunConfig.Single with { Cache = answers };
            bar = Core.Display.Show.Progress(b => log.Write($"\r{b}\u001b[K"));
        }

        public async Task Study(string id)
        {
            var (start, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var gold = set.Columns.Method(Method, RetrievalColumns.Gold, CranePrompt.Write);
            var study = id switch
            {
                "picture noise" or "wording" => new QuestionStudies(cases, gold).All.Single(s => s.Id == id),
                "picture noise, looked up" => await Retrieval().LookedUp(new QuestionStudies(cases, gold).Noise, bar, cancel),
                "wording, looked up" => await Retrieval().LookedUp(new QuestionStudies(cases, gold).Wording, bar, cancel),
                "retrieval" => await Retrieval().Parts(bar, cancel),
                "library size" => await Retrieval().Sizes(StrataFile.Shipped().Of, bar, cancel),
                "training" => new Study(id, "What do the stages, the rewards and the amount of data of the training each do?", []),
                _ => new PromptStudies(set, Method).All.Single(s => s.Id == id),
            };
            var results = id == "training" ? Trainings(study, gold) : [.. study.Variants.Select(variant => Variant(study, variant, crane, weights))];
            if (results.Count == 0) return;
            var lines = Ablations.Of(study.Id, study.Question, results);
            Ablations.Merge(settings.Results, lines);
            log.WriteLine($"{Environment.NewLine}{id}: {study.Question} ({Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s, of the processor "
                + $"{(Environment.CpuUsage.TotalTime - processor).TotalSeconds:N0} s)");
            log.WriteLine(StudyTable.Of(lines).ToString());
        }

        public void Dispose()
        {
            model.Dispose();
            crane.Dispose();
            answers.Dispose();
            if (learnt.IsValueCreated) learnt.Value.Dispose();
        }

        private RetrievalStudies Retrieval() => retrieval ??= new(learnt.Value, model, set, cases, Method, Path.Combine(settings.Out, "look-ups"));

        private List<StudyResult> Trainings(Study study, Method gold)
        {
            var results = new List<StudyResult>();
            foreach (var (name, folder) in settings.Trainings.Select(t => t.Split('=', 2)).Select(t => t is [{ Length: > 0 } name, var folder] ? (name, folder)
                : throw new NotebookException($"--training {t[0]}: name=folder was expected.")))
            {
                if (!File.Exists(Path.Combine(folder, "config.json")))
                    throw new NotebookException($"--training {name}={folder}: a folder with a model was expected.");
                using var trained = VisionLanguageModel.Load(folder, cancellationToken: cancel);
                results.Add(Variant(study, new(name, null, gold), trained, WeightHash.Of(trained.Model)));
            }
            return results;
        }

        private StudyResult Variant(Study study, StudyVariant variant, VisionLanguageModel of, string hash)
        {
            var asked = variant.Cases ?? cases;
            string Folder(string name) => Path.Combine(settings.Out, Word(study.Id), Word(name));
            var untouched = EvaluationRun.Run(model, Core.Evaluation.Runs.Method.Base, StudySample.Neighbours(asked), config, variant.Cases is null
                ? Path.Combine(settings.Out, "base") : Folder($"{variant.Name}-base"), null, bar, cancel);
            var folder = Folder($"{variant.Name}-{hash[..12]}");
            RunConclusion.Begin(folder, 1, asked);
            var start = Stopwatch.GetTimestamp();
            var records = EvaluationRun.Run(of, variant.Method, asked, config, folder, untouched, bar, cancel);
            log.Write($"\r{study.Id}: {variant.Name} in {Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s\u001b[K{Environment.NewLine}");
            return new(variant.Name, variant.Scored(EvaluationRun.Score(records, asked, untouched), asked), hash, RunStarts.Origin(folder));
        }

        private static string Word(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_'));
    }
}
