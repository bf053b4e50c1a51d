using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Evaluation.Runs;

/// <summary>What a stored run is of; the first line of its file.</summary>
/// <param name="Version">Of the form of the file: <see cref="StoredRun.Version"/>.</param>
/// <param name="Method">As in <see cref="SummaryLine"/>.</param>
/// <param name="Setting">As in <see cref="SummaryLine"/>.</param>
/// <param name="Retrieval">As in <see cref="SummaryLine"/>.</param>
/// <param name="Seed">Of the run, and of the weights where the method was trained.</param>
/// <param name="Commit">Of the code when the run began.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Probes">Number of answers that follow.</param>
/// <param name="Costs">What its edits cost, by metric id; empty where it was not measured.</param>
public sealed record StoredRunHead(int Version, string Method, string Setting, string Retrieval, int Seed, string Commit, string Machine, double Seconds,
    int Probes, CostLine[] Costs)
{
    /// <summary>Name of the file, without folder: method-setting-retrieval, and the seed behind it where it is not 1.</summary>
    [JsonIgnore]
    public string FileName => $"{Method}-{Setting}-{Retrieval}{(Seed == 1 ? "" : $"-seed{Seed}")}{StoredRun.Ending}";
}

/// <summary>An answer of a stored run.</summary>
/// <param name="Edit">Id of the edit that is probed.</param>
/// <param name="Probe">Id of the probe.</param>
/// <param name="Level">Level of the probe.</param>
/// <param name="Modality">"visual" or "textual": of the edit.</param>
/// <param name="Stratum">"none", "weak" or "strong".</param>
/// <param name="Think">The chain; null where the form is broken.</param>
/// <param name="Answer">The answer; null where the form is broken.</param>
/// <param name="Output">The completion, where think and answer are not all of it; otherwise null.</param>
/// <param name="Ended">Whether the model ended it itself.</param>
/// <param name="Retrieved">Ids of the entries in the prompt; null: none.</param>
/// <param name="Metrics">By metric id, those of <see cref="SummaryCells.Stored"/> that apply.</param>
public sealed record StoredAnswer(string Edit, string Probe, string Level, string Modality, string Stratum, string? Think, string? Answer, string? Output,
    bool Ended, string[]? Retrieved,
    SortedDictionary<string, double> Metrics)
{
    /// <summary>The whole completion.</summary>
    [JsonIgnore]
    public string Completion => Output ?? $"<think>{Think}</think><answer>{Answer}</answer>";

    /// <summary>The answer of a record.</summary>
    public static StoredAnswer Of(ProbeRecord record)
    {
        var answer = new StoredAnswer(record.Edit, record.Probe, record.Level, record.Modality, record.Stratum, record.Think, record.Answer, null,
            record.EndedByEos,
            record.Retrieved.Length == 0 ? null : [.. record.Retrieved.Select(entry => entry.Id)],
            new(record.Metrics.Where(m => SummaryCells.Stored.Contains(m.Key)).ToDictionary(m => m.Key, m => Math.Round(m.Value, 4)), StringComparer.Ordinal));
        return record.Think is not null && answer.Completion == record.Output ? answer : answer with { Output = record.Output };
    }

    /// <summary>As a record for summaries and comparisons; what is not stored (tokens under teacher forcing, hash of the prompt) is left empty.</summary>
    public ProbeRecord ToRecord(int seed) => new(Edit, Probe, Level, Modality, Stratum, 0, "", [.. (Retrieved ?? []).Select(id => new RetrievedEntry(id, 0))],
        Completion, Think, Answer, Ended,
        Metrics.TryGetValue(TeacherForced.TokenAccuracyId, out var forced) ? forced : null, null, seed, Metrics);
}

/// <summary>A run with all its answers, small enough to travel with the code (<c>data/results/runs</c>): a gzipped file of JSON lines, the head first. The same
/// run gives the same bytes.</summary>
/// <param name="Head">What it is of.</param>
/// <param name="Answers">One a probe, in the order of the run.</param>
public sealed record StoredRun(StoredRunHead Head, IReadOnlyList<StoredAnswer> Answers)
{
    /// <summary>Version of the form of the file.</summary>
    public const int Version = 1;

    internal const string Ending = ".jsonl.gz";

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = false,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The records of the run, for <see cref="RunSummary"/> and <see cref="RunComparison"/>.</summary>
    public IReadOnlyList<ProbeRecord> Records => field ??= [.. Answers.Select(answer => answer.ToRecord(Head.Seed))];

    /// <summary>Writes the file into a folder, under the name that its head gives.</summary>
    /// <returns>Its path.</returns>
    public string Write(string folder)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Head, Layout) + "\n"));
            foreach (var answer in Answers) gzip.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(answer, Layout) + "\n"));
        }
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, Head.FileName);
        AtomicFile.WriteAllBytes(path, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        return path;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">It is not gzipped, a line is damaged, an id is unknown, or answers are missing; the message names the
    /// line.</exception>
    public static StoredRun Read(string path)
    {
        using var file = File.OpenRead(path);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        try
        {
            if (reader.ReadLine() is not { } first) throw new InvalidDataException($"{path}: is empty; a stored run begins with its head.");
            var head = Parse<StoredRunHead>(first, path, 1);
            if (head.Version != Version)
                throw new InvalidDataException($"{path}: line 1: version {head.Version} of the form; this code reads version {Version}.");
            ResultsFile.CheckRun(head.Method, head.Setting, head.Retrieval, $"{path}: line 1");
            var answers = new List<StoredAnswer>(head.Probes);
            while (reader.ReadLine() is { } line) answers.Add(Parse<StoredAnswer>(line, path, answers.Count + 2));
            return answers.Count == head.Probes ? new(head, answers)
                : throw new InvalidDataException($"{path}: holds {answers.Count} answers where its head says {head.Probes}; it was cut, or is of two runs.");
        }
        catch (InvalidDataException e) when (!e.Message.StartsWith(path,
            StringComparison.Ordinal)) { throw new InvalidDataException($"{path}: not a gzip file, or damaged: {e.Message}", e); }
    }

    private static T Parse<T>(string line, string path, int number) where T : class
    {
        try
        {
            var parsed = JsonSerializer.Deserialize<T>(line, Layout) ?? throw new InvalidDataException($"{path}: line {number}: is null.");
            return parsed is StoredAnswer { Edit: null } or StoredAnswer { Probe: null } or StoredAnswer { Level: null } or StoredAnswer { Metrics: null }
                ? throw new InvalidDataException($"{path}: line {number}: an answer needs edit, probe, level and metrics.") : parsed;
        }
        catch (JsonException e) { throw new InvalidDataException($"{path}: line {number}: {e.Message}", e); }
    }
}
