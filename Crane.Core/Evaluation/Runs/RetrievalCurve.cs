using System.Text.Json;
using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Runs;

/// <summary>How well a library's scores tell right candidates from wrong ones in a run under real retrieval: its ROC curve, thinned.</summary>
/// <param name="Library">"visual" or "textual".</param>
/// <param name="Method">Whose run.</param>
/// <param name="Auroc">Area under the curve.</param>
/// <param name="Right">Look-ups whose best candidate is an edit that the probe needs.</param>
/// <param name="Wrong">Look-ups whose best candidate is another.</param>
/// <param name="BroughtRight">Share of the right ones that the gate lets through.</param>
/// <param name="BroughtWrong">Share of the wrong ones.</param>
/// <param name="Points">(false positive rate, true positive rate) in rising order.</param>
/// <param name="Commit">Of the code.</param>
public sealed record RetrievalCurve(string Library, string Method, double Auroc, int Right, int Wrong, double BroughtRight, double BroughtWrong,
    double[][] Points, string Commit)
{
    private const int MostPoints = 60;

    private static readonly JsonSerializerOptions Layout = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true };

    /// <summary>The curves of a run's look-ups, a library each; without libraries that never had a right and a wrong candidate.</summary>
    /// <param name="lookUps">Of all probes.</param>
    /// <param name="edits">The benchmark file.</param>
    /// <param name="method">Whose run.</param>
    /// <param name="commit">Of the code.</param>
    public static IReadOnlyList<RetrievalCurve> Of(IEnumerable<ProbeLookUp> lookUps, IReadOnlyList<BenchmarkEdit> edits, string method, string commit)
    {
        var probes = edits.SelectMany(edit => edit.Probes).ToDictionary(probe => probe.Id);
        var scored = from lookUp in lookUps from step in lookUp.Steps where step.Score is not null
            && probes.ContainsKey(lookUp.Probe) let probe = probes[lookUp.Probe]
                     select (step.Library, Score: step.Score!.Value, IsRight: !ProbeLevels.IsLocality(probe.Level)
                         && probe.EditIds.Contains(step.Found), Brought: step.Brought is not null);
        return [.. scored.GroupBy(step => step.Library).Where(library => library.Select(step => step.IsRight).Distinct().Count() == 2)
            .OrderByDescending(library => library.Key).Select(library =>
        {
            var steps = library.ToList();
            var ranking = new BinaryRanking([.. steps.Select(s => s.IsRight)], [.. steps.Select(s => s.Score)]);
            double Share(bool right) => Math.Round(steps.Where(s => s.IsRight == right).Average(s => s.Brought ? 1.0 : 0), 4);
            var roc = ranking.Roc;
            var thin = Enumerable.Range(0, Math.Min(MostPoints, roc.Count))
                .Select(i => roc[(int)((long)i * (roc.Count - 1) / Math.Max(1, Math.Min(MostPoints, roc.Count) - 1))]);
            return new RetrievalCurve(library.Key, method, Math.Round(ranking.Auroc, 4), steps.Count(s => s.IsRight), steps.Count(s => !s.IsRight),
                Share(true), Share(false),
                [.. thin.Select(point => (double[])[Math.Round(point.FalsePositiveRate, 4), Math.Round(point.TruePositiveRate, 4)])], commit);
        })];
    }

    /// <summary>The shipped curves, <c>data/results/retrieval.jsonl</c>; empty where there are none yet.</summary>
    public static IReadOnlyList<RetrievalCurve> Shipped() => DataFolder.Of("results", "retrieval.jsonl") is var path && File.Exists(path) ? Read(path) : [];

    /// <summary>Reads a file of curves.</summary>
    /// <exception cref="InvalidDataException">A line is damaged; the message names it.</exception>
    public static IReadOnlyList<RetrievalCurve> Read(string path) => [.. File.ReadLines(path).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<RetrievalCurve>(line, Layout) ?? throw new InvalidDataException($"{path}: line {i + 1}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: line {i + 1}: {e.Message}", e); }
    })];

    /// <summary>Writes curves; what the file held is replaced.</summary>
    public static void Write(string path, IEnumerable<RetrievalCurve> curves) =>
        AtomicFile.WriteAllText(path, string.Concat(curves.Select(curve => JsonSerializer.Serialize(curve, Layout) + "\n")));
}
