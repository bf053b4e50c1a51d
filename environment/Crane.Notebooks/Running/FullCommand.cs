using System.Diagnostics;
using Crane.Core;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Tables;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;
using Crane.Notebooks.Pages;

namespace Crane.Notebooks.Running;

/// <summary>What a stage of the reproduction took.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Seconds">Wall time of this session.</param>
/// <param name="Finished">Whether it ran to its end.</param>
/// <param name="Commit">Of the code.</param>
internal sealed record StageTime(string Stage, double Seconds, bool Finished, string Commit);

/// <summary>The reproduction by one command: base, strata, CRANE, memory, every method, studies, tables, in a folder of its own. Each stage is a process of its
/// own; a stopped reproduction goes
/// on in the stage in which it was.</summary>
internal static class FullCommand
{
    private const string TimesFile = "stages.jsonl";

    /// <summary>Runs it.</summary>
    /// <param name="output">Gets data/, runs/, stages.jsonl, table.md and comparison.md.</param>
    /// <param name="smallest">Only a few steps and edits.</param>
    /// <param name="dry">Only says what would be run.</param>
    /// <param name="log">Gets what the stages say.</param>
    /// <param name="cancellation">Ends the present stage.</param>
    /// <returns>0; the code of a stage that failed; 130 where it was stopped.</returns>
    public static async Task<int> Run(string output, bool smallest, bool dry, TextWriter log, CancellationToken cancellation)
    {
        var (data, runs) = (Path.Combine(output, "data"), Path.Combine(output, "runs"));
        var stages = smallest ? FullStages.Smallest : FullStages.All;
        string[] Arguments(FullStage stage) => [.. stage.Arguments.Select(a => a.Replace("{data}", data, StringComparison.Ordinal)
            .Replace("{runs}", runs, StringComparison.Ordinal))];
        if (dry)
        {
            var known = Known(new ResultsStore().Summary);
            foreach (var stage in stages)
                log.WriteLine($"{stage.Name}: crane {string.Join(' ', Arguments(stage))}"
                    + (known.TryGetValue(stage.Name, out var seconds) ? $"   (about {RunLog.Duration(seconds)})" : ""));
            log.WriteLine($"{stages.Count(stage => known.ContainsKey(stage.Name))} of {stages.Count} stages took {RunLog.Duration(stages.Sum(stage =>
                known.GetValueOrDefault(stage.Name)))} when the shipped results were made, brought to the whole test split.");
            return 0;
        }
        Prepare(data, smallest);
        using var times = RunLog<StageTime>.Open(Path.Combine(output, TimesFile));
        foreach (var (stage, i) in stages.Select((stage, i) => (stage, i)))
        {
            if (times.Records.Any(time => time.Stage == stage.Name && time.Finished)) continue;
            log.WriteLine($"{Environment.NewLine}[{i + 1}/{stages.Count}] {stage.Name}");
            var start = Stopwatch.GetTimestamp();
            var code = await Stage(Arguments(stage), data, log, cancellation);
            times.Append([new(stage.Name, Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1), code == 0, Provenance.Commit(Chapters.Root()))]);
            log.WriteLine($"{stage.Name}: {RunLog.Duration(times.Records[^1].Seconds)}");
            if (code != 0)
            {
                log.WriteLine($"{stage.Name} ended with {code}; the same command goes on from there.");
                return code;
            }
        }
        Conclude(output, data, times.Records, log);
        return 0;
    }

    /// <summary>The data that the reproduction does not make: world, benchmark, settings of the nano model, settings of methods. Weights, memory and results
    /// are left out, so that none is used by mistake.</summary>
    private static void Prepare(string data, bool smallest)
    {
        if (File.Exists(Path.Combine(data, "prepared"))) return;
        string[] made = smallest ? ["crane", "results", "golden"] : ["crane", "results", "golden", "memory"];
        foreach (var file in Directory.EnumerateFiles(DataFolder.Path, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(DataFolder.Path, file);
            var room = relative.Split(Path.DirectorySeparatorChar)[0];
            var settings = relative.StartsWith(Path.Combine("results", "tuning"), StringComparison.Ordinal);
            if ((made.Contains(room) && !settings) || (!smallest && room == "nano"
                && Path.GetFileName(file) is "model.safetensors" or "history.jsonl" or "exam.json")) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(data, relative))!);
            File.Copy(file, Path.Combine(data, relative), overwrite: true);
        }
        File.WriteAllText(Path.Combine(data, "prepared"), "");
    }

    private static async Task<int> Stage(string[] arguments, string data, TextWriter log, CancellationToken cancellation)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(DotnetHost.Path, [DotnetHost.Program, .. arguments])
            {
                WorkingDirectory = Chapters.Root(), RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["CRANE_DATA"] = data },
            },
        };
        process.OutputDataReceived += (_, e) => { lock (log) log.WriteLine(e.Data?.Split('\r')[^1]); };
        process.ErrorDataReceived += (_, e) => { lock (log) log.WriteLine(e.Data); };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try { await process.WaitForExitAsync(cancellation); }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);   // every verb goes on behind what it has written
            return 130;
        }
        return process.ExitCode;
    }

    private static void Conclude(string output, string data, IReadOnlyList<StageTime> times, TextWriter log)
    {
        var ours = new ResultsStore(Path.Combine(data, "results"));
        var (table, compared) = (Path.Combine(output, "table.md"), Path.Combine(output, "comparison.md"));
        AtomicFile.WriteAllText(table, new ResultsMarkdown(ours).Write());
        var reproduction = new Reproduction(ours.Summary, new ResultsStore().Summary);
        AtomicFile.WriteAllText(compared, $"{reproduction.Markdown()}\n{Times(times)}");
        log.Write($"{Times(times)}\n{reproduction.Summary()}");
        log.WriteLine($"{table} has the tables; {compared} has each figure beside the shipped one.");
    }

    /// <summary>The wall time of each stage, the sessions of one that was stopped added up.</summary>
    internal static string Times(IReadOnlyList<StageTime> times)
    {
        string Row(string name, IEnumerable<StageTime> of) => $"| {name} | {RunLog.Duration(of.Sum(time => time.Seconds))} |\n";
        return $"| stage | wall time |\n| --- | --- |\n{string.Concat(times.GroupBy(time => time.Stage).Select(stage => Row(stage.Key, stage)))}"
            + Row("all", times);
    }

    /// <summary>What each evaluation took when the shipped results were made, in seconds of wall time, brought to the number of edits of the base's run where a
    /// sample was run; trainings are not among them.</summary>
    private static Dictionary<string, double> Known(IReadOnlyList<SummaryLine> summary)
    {
        var edits = summary.Where(line => line.Method == "base").Select(line => line.Clusters).DefaultIfEmpty(0).Max();
        return summary.GroupBy(line => (line.Method, line.Setting, line.Retrieval)).ToDictionary(run => FullStages.Name(run.Key.Method, run.Key.Setting,
            run.Key.Retrieval), run => run.First().Seconds / run.First().Seeds.Length * edits / Math.Max(run.Max(line => line.Clusters), 1));
    }
}
