using Crane.Core;
using Crane.Core.Benchmark.Importing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>A benchmark that the user names by its folder.</summary>
internal static class GivenBenchmark
{
    private const int ShownLines = 20;

    /// <summary>Reads it and says what was found and what was left out.</summary>
    /// <param name="path">A folder, or one file.</param>
    /// <param name="model">The untouched model, whose beliefs the entries of pictures name.</param>
    /// <param name="log">Gets what was found.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NotebookException">It holds nothing that can be run.</exception>
    public static async Task<BenchmarkSet> Load(string path, VisionLanguageModel model, TextWriter log, CancellationToken cancellation)
    {
        try
        {
            var folder = await BenchmarkFolder.Load(path, nanoSize: true, cancellation);
            foreach (var file in folder.Files) log.WriteLine(file);
            foreach (var line in folder.LeftOut.Take(ShownLines)) log.WriteLine($"left out: {line}");
            if (folder.LeftOut.Count > ShownLines) log.WriteLine($"… and {folder.LeftOut.Count - ShownLines} more.");
            log.WriteLine($"{folder.Edits.Count:N0} edits, {folder.Edits.Sum(edit => edit.Probes.Length):N0} probes.");
            return new(new ImportedBeliefs(model, folder.Pictures).Word(folder.Edits, cancellation), null, _ => Core.Benchmark.Strata.None, folder.Pictures);
        }
        catch (Exception e) when (e is InvalidDataException or IOException) { throw new NotebookException(e.Message); }
    }

    /// <summary>Names the folder of its runs: the last part of its path and what its path hashes to, since many folders are called "data".</summary>
    public static string Name(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(full)))[..8];
        return $"benchmark-{string.Concat(Path.GetFileName(full).Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))}-{hash}";
    }

    /// <summary>Prints and writes what a run came to, by kind of edit; numbers of the shipped set out of distribution go to data/results/ood.jsonl.</summary>
    public static void Conclude(string path, BenchmarkSet set, Method method, IReadOnlyList<ProbeRecord> records, string folder, TextWriter log)
    {
        var kinds = set.All.ToDictionary(edit => edit.Id, edit => edit.Kind);
        var lines = KindSummary.Of(records, edit => kinds[edit], method, RunStarts.Origin(folder));
        var file = Path.Combine(folder, "summary.jsonl");
        File.Delete(file);
        KindSummary.Merge(file, lines);
        log.WriteLine($"{Environment.NewLine}{method.Id}, {method.Retrieval} retrieval; per cent with 95 % intervals clustered by edit, "
            + "over the probes that an edit changes:");
        log.WriteLine(KindSummary.Table(lines).ToString());
        log.WriteLine($"{file} has all levels; the answers are in {Path.Combine(folder, EvaluationRun.ProbesFile)}.");
        if (Path.GetFullPath(path) != Path.GetFullPath(DataFolder.Of("benchmark", "ood"))) return;
        KindSummary.Merge(DataFolder.Of("results", "ood.jsonl"), lines);
        log.WriteLine("data/results/ood.jsonl has them, too.");
    }
}
