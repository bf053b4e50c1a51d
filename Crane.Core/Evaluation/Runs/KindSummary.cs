using System.Text;
using System.Text.Json;
using Crane.Core.Benchmark;
using Crane.Core.Display;
using Crane.Core.Evaluation.Metrics;

namespace Crane.Core.Evaluation.Runs;

/// <summary>A number of a run on a benchmark whose edits have kinds of their own.</summary>
/// <param name="Method">As in <see cref="SummaryLine"/>.</param>
/// <param name="Retrieval">As in <see cref="SummaryLine"/>.</param>
/// <param name="Kind">Of the edits, or all.</param>
/// <param name="Level">A probe level; edited: all that the edit changes; locality: all that it must not.</param>
/// <param name="Metric">Metric id.</param>
/// <param name="Mean">0..1.</param>
/// <param name="Low">Lower end of the 95 % interval, clustered by edit.</param>
/// <param name="High">Upper end.</param>
/// <param name="N">Probes.</param>
/// <param name="Clusters">Edits.</param>
/// <param name="Seeds">Of the runs.</param>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record KindLine(string Method, string Retrieval, string Kind, string Level, string Metric, double Mean, double Low, double High, int N,
    int Clusters, int[] Seeds, string Commit, string Machine,
    double Seconds);

/// <summary>What a run on any benchmark comes to, by kind of edit: MMEVOKE's metrics (CEM and F1) and the kit's own.</summary>
public static class KindSummary
{
    /// <summary>Stand for the levels that an edit changes, and those that it must not.</summary>
    public const string Edited = "edited", Locality = "locality";

    /// <summary>The metrics, in the order of tables.</summary>
    public static IReadOnlyList<string> Metrics { get; } =
    [
        StringMetrics.Cem.Id, StringMetrics.F1.Id, StringMetrics.ExactMatch.Id, ProbeScores.AnswerAccuracy, GroundedSuccess.Id, ProbeScores.FormatValidity,
            TeacherForced.TokenAccuracyId,
        ProbeScores.EditIndependence,
    ];

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The results of the shipped set out of distribution; empty where there are none yet.</summary>
    public static IReadOnlyList<KindLine> Shipped() => DataFolder.Of("results", "ood.jsonl") is var path && File.Exists(path) ? Read(path) : [];

    /// <summary>A line for each metric of each kind at each level, and over all of them.</summary>
    /// <param name="records">Scored.</param>
    /// <param name="kind">Of an edit, by its id.</param>
    /// <param name="method">What was run.</param>
    /// <param name="origin">Where the records come from.</param>
    public static IReadOnlyList<KindLine> Of(IReadOnlyList<ProbeRecord> records, Func<string, string> kind, Method method, RunOrigin origin)
    {
        var lines = new List<KindLine>();
        foreach (var (name, ofKind) in records.GroupBy(record => kind(record.Edit)).Select(group => (group.Key, (IReadOnlyList<ProbeRecord>)[.. group]))
            .Append((RunSummary.All, records)))
        {
            var levels = ofKind.GroupBy(record => record.Level).Select(group => (group.Key, (IReadOnlyList<ProbeRecord>)[.. group]));
            var sides = ofKind.GroupBy(record => ProbeLevels.IsLocality(record.Level) ? Locality : Edited)
                .Select(group => (group.Key, (IReadOnlyList<ProbeRecord>)[.. group]));
            foreach (var (level, cell) in levels.Concat(sides))
                foreach (var metric in Metrics)
                    if (cell.Where(record => record.Metrics.ContainsKey(metric))
                        .ToList() is { Count: > 0 } having) lines.Add(Line(having, method, name, level, metric, origin));
        }
        return lines;
    }

    /// <summary>Kinds down, metrics across, over the probes that edits change; neighbours in the last column.</summary>
    public static TableView Table(IReadOnlyList<KindLine> lines)
    {
        string Cell(string kind, string level, string metric) => lines.FirstOrDefault(l => (l.Kind, l.Level, l.Metric) == (kind, level, metric)) is { } line
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100 * line.Mean:f1} [{100 * line.Low:f1}, {100 * line.High:f1}]") : "–";
        string[] head = ["CEM", "F1", "exact match", "answer", "Grounded Success", "valid form", "forced tokens"];
        return Show.Table(["kind", "probes", .. head, "independence"], lines.Select(l => l.Kind).Distinct().Select(kind => (object[])
            [kind, lines.Where(l => l.Kind == kind && l.Level == Edited).Select(l => l.N).DefaultIfEmpty(0).Max(), .. Metrics.Take(7)
                .Select(metric => Cell(kind, Edited, metric)),
                Cell(kind, Locality, ProbeScores.EditIndependence)]));
    }

    /// <summary>Reads a file of lines.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A line is damaged; the message names it.</exception>
    public static IReadOnlyList<KindLine> Read(string path) => [.. File.ReadLines(path).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<KindLine>(line, Layout) ?? throw new InvalidDataException($"{path}: line {i + 1}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: line {i + 1}: {e.Message}", e); }
    })];

    /// <summary>Puts the lines of a run into a file; those of the same method and retrieval that stood there are replaced.</summary>
    public static void Merge(string path, IReadOnlyList<KindLine> lines)
    {
        using var turn = FileTurn.Wait(path);
        var fresh = lines.Select(line => (line.Method, line.Retrieval)).ToHashSet();
        KindLine[] kept = File.Exists(path) ? [.. Read(path).Where(line => !fresh.Contains((line.Method, line.Retrieval)))] : [];
        var order = ResultsFile.Methods.ToList();
        var text = new StringBuilder();
        foreach (var line in kept.Concat(lines).OrderBy(line => order.IndexOf(line.Method))
            .ThenBy(line => line.Retrieval, StringComparer.Ordinal)) text.Append(JsonSerializer.Serialize(line, Layout) + "\n");
        AtomicFile.WriteAllText(path, text.ToString());
    }

    private static KindLine Line(IReadOnlyList<ProbeRecord> cell, Method method, string kind, string level, string metric, RunOrigin origin)
    {
        double[] values = [.. cell.Select(record => record.Metrics[metric])];
        string[] edits = [.. cell.Select(record => record.Edit)];
        var interval = RunSummary.Interval(values, edits);
        return new(method.Id, method.Retrieval, kind, level, metric, Math.Round(values.Average(), 6), Math.Round(interval.Low, 6),
            Math.Round(interval.High, 6), values.Length, edits.Distinct().Count(),
            origin.Seeds, origin.Commit, origin.Machine, origin.Seconds);
    }
}
