using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tuning;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;
using Crane.Notebooks.Files;
using Crane.Notebooks.Pages;

namespace Crane.Notebooks.Running;

/// <summary>What one evaluation shall do.</summary>
/// <param name="Method">base, or an id of <see cref="EditingMethods"/>.</param>
/// <param name="Retrieval">gold, real, none or adversarial, for methods that work through the prompt.</param>
/// <param name="Setting">single, or sequential- and a number or all.</param>
/// <param name="Split">train, dev or test.</param>
/// <param name="Quick">Only the quick subset; its numbers do not go to the summary.</param>
/// <param name="Edits">A drawn sample of so many edits (<see cref="EditSample"/>); null: all.</param>
/// <param name="Out">Folder of all runs.</param>
/// <param name="Minutes">Stops after so long; the same command goes on. null: never.</param>
/// <param name="Weights">Folder of CRANE's weights; null: the shipped ones of the method.</param>
/// <param name="Seed">Of the run, and of the weights: the seeds of a method are stored side by side and summed up together.</param>
/// <param name="Benchmark">A folder with a benchmark in the form of one of the importers, in place of a split; null: the shipped benchmark.</param>
internal sealed record EvaluateSettings(string Method, string Retrieval, string Setting, string Split, bool Quick, int? Edits, string Out, double? Minutes,
    string? Weights = null,
    int Seed = 1, string? Benchmark = null);

/// <summary>Evaluates a method on the benchmark. A run that was stopped goes on; a finished run on test goes to data/results/summary.jsonl, unless one of more
/// edits stands there.</summary>
internal static class EvaluateCommand
{
    private const string Crane = "crane-";

    /// <summary>How the methods that a memory can serve write what it brings; CRANE's all alike, whatever trained their weights.</summary>
    private static readonly Dictionary<string, EntryWriter> Writers = new(ResultsFile.Methods.Where(id => id.StartsWith(Crane, StringComparison.Ordinal))
        .Select(id => KeyValuePair.Create<string, EntryWriter>(id, CranePrompt.Write)))
    {
        ["rag"] = RetrievalColumns.Notes, ["ike"] = RetrievalColumns.NewFacts,
    };

    /// <summary>Methods by id, given benchmark and retrieval column. IKE is not among them: its demonstrations are its editor's.</summary>
    private static readonly Dictionary<string, Func<BenchmarkSet, string, Method>> Methods = new(Writers.Where(writer => writer.Key != "ike").Select(writer =>
        KeyValuePair.Create<string, Func<BenchmarkSet, string, Method>>(writer.Key, (set, retrieval) =>
            set.Columns.Method(writer.Key, retrieval, writer.Value))))
    {
        ["base"] = (_, _) => Method.Base,
    };

    /// <summary>Ids of the methods that can be evaluated.</summary>
    public static IReadOnlyCollection<string> Known => [.. Methods.Keys.Union(EditingMethods.All.Select(method => method.Id))];

    public static async Task<int> Run(EvaluateSettings settings, TextWriter log, CancellationToken cancellation)
    {
        if (!Known.Contains(settings.Method.EndsWith("-chain", StringComparison.Ordinal) ? settings.Method[..^6] : settings.Method))
            throw new NotebookException($"There is no method '{settings.Method}'; known are {string.Join(", ", Known)}, and those that change weights with -chain at the end.");
        if (settings.Retrieval == RetrievalColumns.Real && !Writers.ContainsKey(settings.Method))
            throw new NotebookException($"Nothing can be brought to '{settings.Method}': --retrieval real is for {string.Join(", ", Writers.Keys)}.");
        if (settings.Weights is not null && !settings.Method.StartsWith(Crane, StringComparison.Ordinal))
            throw new NotebookException($"--weights is for CRANE's own weights ({string.Join(", ", Known.Where(id => id.StartsWith(Crane, StringComparison.Ordinal)))}); '{settings.Method}' works on the base.");
        TorchSharp.torch.set_num_threads(1);
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"), cancellationToken: cancellation);
        var all = settings.Benchmark is { } given ? await GivenBenchmark.Load(given, model, log, cancellation)
            : BenchmarkSet.Shipped(settings.Split, settings.Quick);
        var set = settings.Quick ? settings.Edits is { } few ? all.First(few) : all : all.Sample(settings.Edits);
        var config = Config(settings.Setting) with { Seed = settings.Seed };
        // A method that can do one kind of edit alone is asked about no other.
        var only = Methods.ContainsKey(settings.Method) ? null : EditingMethods.Named(settings.Method).Only;
        var cases = config.Complete((only is { } kind ? set.Where(edit => edit.Modality == kind) : set).Cases(config));
        using var trained = Trained(settings, cancellation);
        using var memory = settings.Retrieval == RetrievalColumns.Real ? LearntMemory.Load() : null;
        using var parts = new MethodParts(model, DataFolder.Of("nano"), Path.Combine(Chapters.Root(), "artifacts", "editors"));
        Method? method = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (settings.Minutes is { } minutes) limit.CancelAfter(TimeSpan.FromMinutes(minutes));
        var bar = Core.Display.Show.Progress(b => log.Write($"\r{b}\u001b[K"));
        try
        {
            var (singly, untouched) = (set.Cases(), Folder(settings, "base", "none", "single"));
            RunConclusion.Begin(untouched, RunConfig.Single.Seed, singly);
            var baseline = EvaluationRun.Run(model, Method.Base, singly, RunConfig.Single, untouched, null, bar, limit.Token);
            method = memory is not null ? await LookedUp(settings, memory, model, set, config, cases, bar, limit.Token)
                : Methods.TryGetValue(settings.Method, out var make) && (config.EditsInForce == 1 || settings.Method != "rag")
                    ? make(set, settings.Retrieval)
                : EditingMethods.Named(settings.Method).ForRuns(parts);
            // Of several edits in force the method itself chooses which it writes into the prompt.
            if (config.EditsInForce > 1 && method is { Retrieval: RetrievalColumns.Gold, Editor: not null })
                method = method with { Retrieval = RetrievalColumns.Real };
            var folder = Folder(settings, method.Id, method.Retrieval, config.Setting);
            RunConclusion.Begin(folder, config.Seed, method.Id == "base" ? singly : cases);
            var records = method.Id == "base" ? baseline : EvaluationRun.Run(trained ?? model, method, cases, config, folder, baseline, bar, limit.Token);
            // Scored again: answers of an earlier session may have been scored by an earlier judge.
            var scored = EvaluationRun.Score(records, cases, method.Id == "base" ? null : baseline);
            if (settings.Benchmark is not null)
            {
                GivenBenchmark.Conclude(settings.Benchmark, set, method, scored, folder, log);
                return 0;
            }
            var costs = RunConclusion.Costs(trained ?? model, method, cases, config, folder, limit.Token);
            Conclude(settings, RunConclusion.Stored(method, scored, folder, config, costs), scored, folder, log);
            return 0;
        }
        catch (OperationCanceledException)
        {
            log.WriteLine($"{Environment.NewLine}Stopped; the same command goes on.");
            return 130;
        }
        finally { method?.Editor?.Dispose(); }
    }

    /// <summary>The method with what the memory of data/memory brings to each probe.</summary>
    private static async Task<Method> LookedUp(EvaluateSettings settings, LearntMemory memory, VisionLanguageModel model, BenchmarkSet set, RunConfig config,
        IReadOnlyList<EditCase> cases, IProgress<ProgressUpdate> progress, CancellationToken cancellation)
    {
        var real = new RealRetrieval(memory, model, set, config);
        var found = await real.LookUpAsync(cases, Folder(settings, settings.Method, RetrievalColumns.Real, config.Setting), progress, cancellation);
        return real.Method(settings.Method, found, Writers[settings.Method]);
    }

    /// <summary>Measures the strata of all shipped edits again.</summary>
    public static Task<int> Strata(string output, int samples, int seed, TextWriter log, CancellationToken cancellation)
    {
        TorchSharp.torch.set_num_threads(1);
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"), cancellationToken: cancellation);
        var measure = new ConvictionMeasure(model, new(), samples, seed);
        var part = output + ".part";   // what a stopped run has measured
        IReadOnlyList<MeasuredConviction> measured;
        using (var done = RunLog<MeasuredConviction>.Open(part))
        {
            foreach (var block in ((string[])["train", "dev", "test"]).SelectMany(BenchmarkFile.Shipped).Skip(done.Records.Count).Chunk(32))
            {
                done.Append(measure.Of(block, cancellation));
                log.WriteLine($"{done.Records.Count} edits measured");
            }
            measured = done.Records;
        }
        new StrataFile(measure.Origin(new()), measured).Write(output);
        File.Delete(part);
        return Task.FromResult(0);
    }

    /// <summary>CRANE's own weights, from the folder asked for or from data/crane; null for methods on the base.</summary>
    private static VisionLanguageModel? Trained(EvaluateSettings settings, CancellationToken cancellation)
    {
        if (!settings.Method.StartsWith(Crane, StringComparison.Ordinal)) return null;
        var recipe = settings.Method[Crane.Length..];
        var folder = settings.Weights ?? DataFolder.Of("crane", recipe);
        return Directory.Exists(folder) ? VisionLanguageModel.Load(folder, cancellationToken: cancellation)
            : throw new NotebookException($"There is no {folder}; make it with 'crane {(recipe.EndsWith("grpo", StringComparison.Ordinal) ? "grpo" : "sft")} --out {folder}'.");
    }

    private static void Conclude(EvaluateSettings settings, StoredRun run, IReadOnlyList<ProbeRecord> records, string folder, TextWriter log)
    {
        log.WriteLine($"{Environment.NewLine}{records.Count:N0} probes in {run.Head.Seconds:N0} s: {folder}");
        log.WriteLine(new RunReport(ResultsStore.Lines([run])).Markdown());
        if (settings.Quick || settings.Split != "test") return;
        var store = new ResultsStore();
        var held = store.Summary.Where(line => (line.Method, line.Setting, line.Retrieval) == (run.Head.Method, run.Head.Setting, run.Head.Retrieval));
        if (held.Select(line => line.Clusters).DefaultIfEmpty(0).Max() is var more && more > records.DistinctBy(record => record.Edit).Count())
        {
            log.WriteLine($"{store.SummaryFile} keeps the numbers of {more} edits.");
            return;
        }
        store.Add(run);
        if (settings.Retrieval == RetrievalColumns.Real && settings.Setting == RunConfig.Single.Setting) Curves(settings, run.Head, folder);
        log.WriteLine($"{store.SummaryFile} has its numbers now, {Path.Combine(store.RunsFolder, run.Head.FileName)} its answers.");
    }

    /// <summary>The curves of the last run under real retrieval with each edit alone stand for the memory, which is the same for every method.</summary>
    private static void Curves(EvaluateSettings settings, StoredRunHead head, string folder) =>
        RetrievalCurve.Write(DataFolder.Of("results", "retrieval.jsonl"),
        RetrievalCurve.Of(RunLog<ProbeLookUp>.Read(Path.Combine(folder, RealRetrieval.LookUpsFile)), BenchmarkFile.Shipped(settings.Split), head.Method,
            head.Commit));

    private static RunConfig Config(string setting) => setting switch
    {
        "single" => RunConfig.Single,
        "sequential-all" => RunConfig.Sequential(null),
        _ when setting.StartsWith("sequential-", StringComparison.Ordinal) && int.TryParse(setting["sequential-".Length..], out var edits) && edits > 0 =>
            RunConfig.Sequential(edits),
        _ => throw new NotebookException($"The setting must be single, sequential-all or sequential- and a number, found '{setting}'."),
    };

    /// <summary>Samples of single edits are the beginnings of one run. Of edits in force together a larger sample makes other groups.</summary>
    private static string Folder(EvaluateSettings settings, string method, string retrieval, string setting)
    {
        var few = settings.Edits is { } edits && (settings.Quick || setting != RunConfig.Single.Setting) ? $"-{edits}" : "";
        var seed = settings.Seed == 1 || method == Method.Base.Id ? "" : $"-seed{settings.Seed}";
        var benchmark = settings.Benchmark is { } given ? GivenBenchmark.Name(given) : settings.Split;
        return Path.Combine(settings.Out, benchmark + (settings.Quick ? "-quick" : "") + few, $"{method}-{setting}-{retrieval}{seed}");
    }
}
