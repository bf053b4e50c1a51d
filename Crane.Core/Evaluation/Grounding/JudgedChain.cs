using System.Text.Json;
using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Grounding;

/// <summary>A chain of thought with a reader's judgement, as <c>data/judge/chains.jsonl</c> holds it.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Split">dev or held-out: rules of a judge are made from dev alone.</param>
/// <param name="Form">nano, crane, prose or adversarial.</param>
/// <param name="Injected">The entity that the edit brings in.</param>
/// <param name="Old">What was believed before.</param>
/// <param name="Path">Entities that the answer needs, in order.</param>
/// <param name="Think">The chain.</param>
/// <param name="Grounded">The judgement.</param>
/// <param name="Why">Its reason in a few words.</param>
public sealed record JudgedChain(string Id, string Split, string Form, string Injected, string[] Old, string[] Path, string Think, bool Grounded, string Why)
{
    private static readonly JsonSerializerOptions Layout = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <summary>The shipped chains.</summary>
    public static IReadOnlyList<JudgedChain> Shipped() => Read(DataFolder.Of("judge", "chains.jsonl"));

    /// <summary>Reads a file of judged chains.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A line is damaged; the message names it.</exception>
    public static IReadOnlyList<JudgedChain> Read(string path) => [.. File.ReadLines(path).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<JudgedChain>(line, Layout) ?? throw new InvalidDataException($"{path}: line {i + 1}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: line {i + 1}: {e.Message}", e); }
    })];

    /// <summary>What a judge says of chains, against the readers' judgement.</summary>
    public static BinaryDecisions Measure(IReadOnlyList<JudgedChain> chains, Func<JudgedChain, bool> judge) =>
        BinaryDecisions.Of([.. chains.Select(c => c.Grounded)], [.. chains.Select(judge)]);
}
