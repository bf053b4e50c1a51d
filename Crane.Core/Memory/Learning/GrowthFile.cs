using System.Text.Json;
using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Memory.Learning;

/// <summary>What a library did at one size, as a line of <c>data/results/growth.jsonl</c>.</summary>
/// <param name="Library">"visual" or "textual".</param>
/// <param name="Others">Entries about other things in it.</param>
/// <param name="Recall">Right entry first: mean, low and high end of the 95 % interval, in 0..1.</param>
/// <param name="Brought">Right entry brought: the same three.</param>
/// <param name="Wrong">Another entry brought: the same three.</param>
/// <param name="False">Something brought though nothing applies: the same three.</param>
/// <param name="Matched">Queries to which an entry applies.</param>
/// <param name="Unmatched">Queries to which none does.</param>
public sealed record GrowthLine(string Library, int Others, double[] Recall, double[] Brought, double[] Wrong, double[] False, int Matched, int Unmatched);

/// <summary>The file of <see cref="LibraryGrowth"/>, written by <c>crane memory --measure</c>.</summary>
public static class GrowthFile
{
    private static readonly JsonSerializerOptions Layout = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true };

    /// <summary>The shipped file.</summary>
    public static string Path => DataFolder.Of("results", "growth.jsonl");

    /// <summary>The shipped lines; empty where there are none yet.</summary>
    public static IReadOnlyList<GrowthLine> Shipped() => File.Exists(Path) ? Read(Path) : [];

    /// <summary>Rows as lines, the visual library first, by size.</summary>
    public static IReadOnlyList<GrowthLine> Of(IEnumerable<GrowthRow> rows) =>
        [.. rows.OrderByDescending(r => r.Row.Library is Modality.Visual).ThenBy(r => r.Others).Select(r => new GrowthLine(
            r.Row.Library.ToString().ToLowerInvariant(), r.Others, Ends(r.Row.First), Ends(r.Row.Brought), Ends(r.Row.Wrong), Ends(r.Row.False),
            r.Row.First.Trials, r.Row.False.Trials))];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">A line is damaged; the message names it.</exception>
    public static IReadOnlyList<GrowthLine> Read(string path) => [.. File.ReadLines(path).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<GrowthLine>(line, Layout) ?? throw new InvalidDataException($"{path}: line {i + 1}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: line {i + 1}: {e.Message}", e); }
    })];

    /// <summary>Writes lines; what the file held is replaced.</summary>
    public static void Write(string path, IEnumerable<GrowthLine> lines) =>
        AtomicFile.WriteAllText(path, string.Concat(lines.Select(line => JsonSerializer.Serialize(line, Layout) + "\n")));

    private static double[] Ends(ClusteredShare share) => [.. ((double[])[share.Mean, share.Interval.Low, share.Interval.High]).Select(x => Math.Round(x, 4))];
}
