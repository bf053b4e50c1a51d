using System.Text.Json;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Tables;

/// <summary>A number of a study in which one thing is left out or made worse.</summary>
/// <param name="Study">For example distractors.</param>
/// <param name="Question">What the study asks.</param>
/// <param name="Variant">For example "8 further entries"; the first variant of a study changes nothing.</param>
/// <param name="Metric">Metric id.</param>
/// <param name="Level">A probe level, or all.</param>
/// <param name="Mean">0..1.</param>
/// <param name="Low">Lower end of the 95 % interval, clustered by edit.</param>
/// <param name="High">Upper end.</param>
/// <param name="N">Probes.</param>
/// <param name="Clusters">Edits.</param>
/// <param name="Weights">First 12 hexadecimal digits of the hash of the weights.</param>
/// <param name="Seed">Of the draw of edits.</param>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Seconds">Wall time of the variant.</param>
public sealed record AblationLine(string Study, string Question, string Variant, string Metric, string Level, double Mean, double Low, double High, int N,
    int Clusters, string Weights, int Seed, string Commit,
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

    /// <summary>The numbers of a variant: success and form of edited probes, independence of neighbours.</summary>
    /// <param name="study">Of the study.</param>
    /// <param name="question">What it asks.</param>
    /// <param name="variant">Which variant.</param>
    /// <param name="records">Scored answers.</param>
    /// <param name="weights">Hash of the weights.</param>
    /// <param name="origin">Where the answers come from; the first seed counts.</param>
    public static IReadOnlyList<AblationLine> Of(string study, string question, string variant, IReadOnlyList<ProbeRecord> records, string weights,
        RunOrigin origin)
    {
        var lines = new List<AblationLine>();
        foreach (var metric in (string[])[GroundedSuccess.Id, ProbeScores.IntermediateEntityUsage, ProbeScores.EditIndependence, ProbeScores.FormatValidity])
        {
            var cell = records.Where(record => record.Metrics.ContainsKey(metric)).ToList();
            if (cell.Count == 0) continue;
            double[] values = [.. cell.Select(record => record.Metrics[metric])];
            string[] edits = [.. cell.Select(record => record.Edit)];
            var interval = RunSummary.Interval(values, edits);
            lines.Add(new(study, question, variant, metric, RunSummary.All, Math.Round(values.Average(), 6), Math.Round(interval.Low, 6),
                Math.Round(interval.High, 6), values.Length, edits.Distinct().Count(),
                weights[..12], origin.Seeds[0], origin.Commit, origin.Machine, origin.Seconds));
        }
        return lines;
    }
}
