namespace Crane.Core.Evaluation.Runs;

/// <summary>The folder of results: <c>summary.jsonl</c> with the numbers, <c>runs/</c> with the answers behind them. Numbers are made from the answers, of all
/// seeds of a run together.</summary>
/// <param name="folder">null: <c>data/results</c>.</param>
public sealed class ResultsStore(string? folder = null)
{
    private readonly string folder = folder ?? DataFolder.Of("results");
    private readonly Dictionary<string, StoredRun> read = [];

    /// <summary>The file of numbers.</summary>
    public string SummaryFile => Path.Combine(folder, "summary.jsonl");

    /// <summary>The folder of answers.</summary>
    public string RunsFolder => Path.Combine(folder, "runs");

    /// <summary>All numbers; empty where there are none yet.</summary>
    public IReadOnlyList<SummaryLine> Summary => field ??= File.Exists(SummaryFile) ? ResultsFile.Read(SummaryFile) : [];

    /// <summary>The stored seeds of a run, the least seed first; empty where none is stored. Each file is read once.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or is of another run than its name says.</exception>
    public IReadOnlyList<StoredRun> Runs(string method, string setting, string retrieval)
    {
        var name = $"{method}-{setting}-{retrieval}";
        if (!Directory.Exists(RunsFolder)) return [];
        string[] files = [.. Directory.GetFiles(RunsFolder, name + "*" + StoredRun.Ending).Where(f => Path.GetFileName(f)[name.Length..] is var rest
            && (rest == StoredRun.Ending || rest.StartsWith("-seed", StringComparison.Ordinal)))];
        return [.. files.Select(Read).OrderBy(run => run.Head.Seed)];
    }

    /// <summary>Puts a finished run into the folder: its answers, and the numbers of all its seeds.</summary>
    /// <param name="run">One seed.</param>
    /// <returns>The lines as they stand in the summary.</returns>
    /// <exception cref="InvalidDataException">An id is unknown, or a file there is damaged.</exception>
    public IReadOnlyList<SummaryLine> Add(StoredRun run)
    {
        var head = run.Head;
        ResultsFile.CheckRun(head.Method, head.Setting, head.Retrieval, head.FileName);
        read.Remove(run.Write(RunsFolder));
        var lines = Lines(Runs(head.Method, head.Setting, head.Retrieval));
        ResultsFile.Merge(SummaryFile, lines);
        return lines;
    }

    /// <summary>The numbers of a run from the answers of its seeds.</summary>
    /// <param name="seeds">At least one, all of one method, setting and retrieval.</param>
    public static IReadOnlyList<SummaryLine> Lines(IReadOnlyList<StoredRun> seeds)
    {
        var head = seeds[0].Head;
        string Distinct(Func<StoredRunHead, string> of) => string.Join(", ", seeds.Select(run => of(run.Head)).Distinct());
        var origin = new RunOrigin([.. seeds.Select(run => run.Head.Seed)], Distinct(h => h.Commit), Distinct(h => h.Machine),
            Math.Round(seeds.Sum(run => run.Head.Seconds), 1));
        var lines = RunSummary.Of([.. seeds.SelectMany(run => run.Records)], new(head.Method, head.Retrieval, null!), head.Setting, origin);
        return [.. lines.Where(SummaryCells.IsKept), .. RunCosts.Lines(seeds, origin)];
    }

    private StoredRun Read(string path)
    {
        if (read.TryGetValue(path, out var known)) return known;
        var run = StoredRun.Read(path);
        if (run.Head.FileName != Path.GetFileName(path)) throw new InvalidDataException($"{path}: its head is of {run.Head.FileName}; rename the file.");
        return read[path] = run;
    }
}
