using System.Text.Json;

namespace Crane.Core.Evaluation.Runs;

/// <summary><c>data/results/summary.jsonl</c>: the conclusions of full runs, one number a line. README and chapters read it; nothing is typed twice.</summary>
public static class ResultsFile
{
    /// <summary>Ids of methods.</summary>
    public static IReadOnlyList<string> Methods { get; } =
    [
        "base", "ft", "ft-last", "ft-l", "ft-merger", "ft-chain", "ft-last-chain", "lora", "lora-chain", "mend", "rome", "memit", "alphaedit", "ike", "rag",
            "serac", "grace", "wise",
        "crane-sft", "crane-sft-long", "crane-sft-flags", "crane-sft-landmarks", "crane-soup", "crane-wide", "crane-grpo", "crane-sft-grpo",
    ];

    /// <summary>Ids of retrieval columns.</summary>
    public static IReadOnlyList<string> Retrievals { get; } = [RetrievalColumns.Gold, RetrievalColumns.Real, RetrievalColumns.None,
        RetrievalColumns.Adversarial];

    /// <summary>Ids of settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["single", "sequential-1", "sequential-10", "sequential-100", "sequential-all"];

    private static readonly string[] Families = ["generated/", "teacher-forced/", RunCosts.Family];

    private static readonly string[] Strata = [Benchmark.Strata.None, Benchmark.Strata.Weak, Benchmark.Strata.Strong, RunSummary.All],
        Modalities = ["visual", "textual", RunSummary.All];

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The shipped file; empty where there is none yet.</summary>
    public static IReadOnlyList<SummaryLine> Shipped() => DataFolder.Of("results", "summary.jsonl") is var path && File.Exists(path) ? Read(path) : [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A line is damaged, or an id is unknown; the message names line and field.</exception>
    public static IReadOnlyList<SummaryLine> Read(string path) => [.. File.ReadLines(path).Select((line, i) => Parse(line, $"{path}: line {i + 1}"))];

    /// <summary>Puts the lines of a run into a file, as far as <see cref="SummaryCells"/> keeps them; lines of the same method, setting and retrieval that
    /// stood there are replaced.
    /// The file is written whole, in a fixed order.</summary>
    /// <exception cref="InvalidDataException">An id is unknown, or the file there is damaged; nothing was written.</exception>
    public static void Merge(string path, IReadOnlyList<SummaryLine> lines)
    {
        foreach (var line in lines) Check(line, $"{line.Method}/{line.Setting}/{line.Retrieval}");
        using var turn = FileTurn.Wait(path);
        var fresh = lines.Select(Run).ToHashSet();
        SummaryLine[] kept = File.Exists(path) ? [.. Read(path).Where(line => !fresh.Contains(Run(line)))] : [];
        lines = [.. lines.Where(SummaryCells.IsKept)];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var levels = Benchmark.ProbeLevels.All.Append(RunSummary.All).ToList();
        var ordered = kept.Where(SummaryCells.IsKept).Concat(lines).OrderBy(l => Index(Methods, l.Method)).ThenBy(l => l.Setting, StringComparer.Ordinal)
            .ThenBy(l => Index(Retrievals, l.Retrieval)).ThenBy(l => levels.IndexOf(l.Level))
            .ThenBy(l => Array.IndexOf(Strata, l.Stratum)).ThenBy(l => Array.IndexOf(Modalities, l.Modality)).ThenBy(l => l.Metric, StringComparer.Ordinal);
        AtomicFile.WriteAllText(path, string.Concat(ordered.Select(line => JsonSerializer.Serialize(line, Layout) + "\n")));
    }

    private static (string, string, string) Run(SummaryLine line) => (line.Method, line.Setting, line.Retrieval);

    private static SummaryLine Parse(string line, string where)
    {
        try
        {
            var parsed = JsonSerializer.Deserialize<SummaryLine>(line, Layout) ?? throw new InvalidDataException($"{where}: is null.");
            Check(parsed, where);
            return parsed;
        }
        catch (JsonException e) { throw new InvalidDataException($"{where}: {e.Message}", e); }
    }

    private static void Check(SummaryLine line, string where)
    {
        CheckRun(line.Method, line.Setting, line.Retrieval, where);
        One(where, "level", line.Level, [.. Benchmark.ProbeLevels.All, RunSummary.All]);
        One(where, "stratum", line.Stratum, Strata);
        One(where, "modality", line.Modality, Modalities);
        if (!Families.Any(family => line.Metric.StartsWith(family, StringComparison.Ordinal)))
            throw new InvalidDataException($"{where}: field 'metric' must begin with {string.Join(" or ", Families)}, found '{line.Metric}'.");
        if (!(line.Low <= line.Mean && line.Mean <= line.High))
            throw new InvalidDataException($"{where}: low {line.Low}, mean {line.Mean} and high {line.High} are out of order.");
    }

    /// <summary>Checks the ids of a run.</summary>
    /// <exception cref="InvalidDataException">One is unknown; the message names it.</exception>
    internal static void CheckRun(string method, string setting, string retrieval, string where)
    {
        One(where, "method", method, Methods);
        One(where, "setting", setting, Settings);
        One(where, "retrieval", retrieval, Retrievals);
    }

    private static void One(string where, string field, string value, IReadOnlyList<string> known)
    {
        if (!known.Contains(value)) throw new InvalidDataException($"{where}: field '{field}' is '{value}'; known are {string.Join(", ", known)}.");
    }

    private static int Index(IReadOnlyList<string> list, string item)
    {
        for (var i = 0; i < list.Count; i++)
            if (list[i] == item) return i;
        return list.Count;
    }
}
