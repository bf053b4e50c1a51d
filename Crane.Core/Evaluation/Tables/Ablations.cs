using System.Text.Json;
using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Ablation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Tables;

/// <summary>A number of a study in which one thing is left out or made worse.</summary>
/// <param name="Study">For example distractors.</param>
/// <param name="Question">What the study asks.</param>
/// <param name="Variant">For example "8 further entries"; the first variant of a study changes nothing.</param>
/// <param name="Metric">Metric id.</param>
/// <param name="Stratum">strong, or all.</param>
/// <param name="Modality">visual, textual or all.</param>
/// <param name="Mean">0..1.</param>
/// <param name="Low">Lower end of the 95 % interval, clustered by edit.</param>
/// <param name="High">Upper end.</param>
/// <param name="Difference">Mean of this variant − the first one over the probes that both have; null for the first itself, and where fewer than two edits
/// are in common.</param>
/// <param name="DifferenceLow">Lower end of its 95 % interval, paired by probe and clustered by edit.</param>
/// <param name="DifferenceHigh">Upper end.</param>
/// <param name="N">Probes.</param>
/// <param name="Clusters">Edits.</param>
/// <param name="Weights">First 12 hexadecimal digits of the hash of the weights.</param>
/// <param name="Seed">Of the draw of edits.</param>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Seconds">Wall time of the variant.</param>
public sealed record AblationLine(string Study, string Question, string Variant, string Metric, string Stratum, string Modality, double Mean, double Low,
    double High, double? Difference, double? DifferenceLow, double? DifferenceHigh, int N, int Clusters, string Weights, int Seed, string Commit,
    string Machine, double Seconds);

/// <summary>The file of studies, <c>data/results/ablations.jsonl</c>.</summary>
public static class Ablations
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The shipped studies; empty where there are none yet.</summary>
    public static IReadOnlyList<AblationLine> Shipped() => DataFolder.Of("results", "ablations.jsonl") is var path && File.Exists(path) ? Read(path) : [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A line is damaged; the message names it.</exception>
    public static IReadOnlyList<AblationLine> Read(string path) => [.. File.ReadLines(path).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<AblationLine>(line, Layout) ?? throw new InvalidDataException($"{path}: line {i + 1}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: line {i + 1}: {e.Message}", e); }
    })];

    /// <summary>Puts studies into a file; lines of the same study that stood there are replaced.</summary>
    public static void Merge(string path, IReadOnlyList<AblationLine> lines)
    {
        var fresh = lines.Select(line => line.Study).ToHashSet();
        AblationLine[] kept = File.Exists(path) ? [.. Read(path).Where(line => !fresh.Contains(line.Study))] : [];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.WriteAllText(path, string.Concat(kept.Concat(lines).Select(line => JsonSerializer.Serialize(line, Layout) + "\n")));
    }

    /// <summary>The numbers of a study: success, use of entities and form of edited probes, independence of neighbours, and whether wrong entries were
    /// followed; success also by modality and against firm beliefs alone. All but the first variant stand beside it probe by probe.</summary>
    /// <param name="study">Of the study.</param>
    /// <param name="question">What it asks.</param>
    /// <param name="results">A variant each; the first changes nothing.</param>
    public static IReadOnlyList<AblationLine> Of(string study, string question, IReadOnlyList<StudyResult> results) =>
        [.. results.SelectMany((result, i) => Cells.Select(cell => Line(study, question, result, i == 0 ? null : results[0], cell)).OfType<AblationLine>())];

    private static readonly TableColumn[] Cells =
    [
        Success("GS"), Success("GS, strong") with { Stratum = Strata.Strong }, Success("GS, visual") with { Modality = "visual" },
        Success("GS, textual") with { Modality = "textual" }, new("entities on the way", ProbeScores.IntermediateEntityUsage),
        new("independence", ProbeScores.EditIndependence), new("valid form", ProbeScores.FormatValidity),
        new("wrong entry followed", StudyVariant.Followed),
    ];

    /// <summary>What studies show, in the order of their lines.</summary>
    public static IReadOnlyList<TableColumn> Columns => Cells;

    /// <summary>Whether a line is of a column.</summary>
    public static bool Holds(TableColumn column, AblationLine line) => (column.Metric, column.Stratum, column.Modality) == (line.Metric, line.Stratum,
        line.Modality);

    private static TableColumn Success(string heading) => new(heading, GroundedSuccess.Id);

    private static AblationLine? Line(string study, string question, StudyResult result, StudyResult? first, TableColumn column)
    {
        var cell = Counted(result, column);
        if (cell.Count == 0) return null;
        double[] values = [.. cell.Select(record => record.Metrics[column.Metric])];
        string[] edits = [.. cell.Select(record => record.Edit)];
        var interval = RunSummary.Interval(values, edits);
        var paired = first is null ? null : Paired(cell, Counted(first, column), column.Metric);
        return new(study, question, result.Variant, column.Metric, column.Stratum, column.Modality, Rounded(values.Average()), Rounded(interval.Low),
            Rounded(interval.High), paired is null ? null : Rounded(paired.Mean), paired is null ? null : Rounded(paired.Interval.Low),
            paired is null ? null : Rounded(paired.Interval.High), values.Length, edits.Distinct().Count(), result.Weights[..12], result.Origin.Seeds[0],
            result.Origin.Commit, result.Origin.Machine, result.Origin.Seconds);
    }

    private static List<ProbeRecord> Counted(StudyResult result, TableColumn column) => [.. result.Records.Where(record =>
        record.Metrics.ContainsKey(column.Metric) && Is(record.Stratum, column.Stratum) && Is(record.Modality, column.Modality))];

    private static ClusteredMean? Paired(List<ProbeRecord> cell, List<ProbeRecord> first, string metric)
    {
        var before = first.ToDictionary(record => record.Probe, record => record.Metrics[metric]);
        var both = cell.Where(record => before.ContainsKey(record.Probe)).ToList();
        return both.DistinctBy(record => record.Edit).Count() < 2 ? null
            : new PairedComparison([.. both.Select(record => record.Metrics[metric])], [.. both.Select(record => before[record.Probe])])
                .Clustered([.. both.Select(record => record.Edit)]);
    }

    private static bool Is(string value, string wanted) => wanted == RunSummary.All || value == wanted;

    private static double Rounded(double value) => Math.Round(value, 6);
}
