using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Benchmark;

/// <summary>How convictions were measured.</summary>
/// <param name="Model">SHA-256 of the weights that were asked.</param>
/// <param name="Seed">Of the draws.</param>
/// <param name="Samples">Answers drawn for each edit.</param>
/// <param name="Temperature">Of the draws, over the whole vocabulary.</param>
/// <param name="Thresholds">What makes weak and strong.</param>
public sealed record StrataOrigin(string Model, int Seed, int Samples, double Temperature, Strata Thresholds);

/// <summary>What a model believed of an edit's question before the edit.</summary>
/// <param name="Edit">Id of the edit.</param>
/// <param name="OldShare">Share of the drawn answers that are the old one, 0..1.</param>
/// <param name="OldProbability">Mean probability of the old answer's tokens after the model's own greedy chain, 0..1.</param>
/// <param name="Greedy">The greedy answer; empty where the form was broken.</param>
public sealed record MeasuredConviction(string Edit, double OldShare, double OldProbability, string Greedy);

/// <summary>Measured strata: a line that says how they were measured, then a line an edit. The stratum itself is not stored, it follows from the
/// thresholds.</summary>
public sealed class StrataFile
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, MeasuredConviction> byEdit;

    /// <summary>Strata from measurements.</summary>
    /// <exception cref="ArgumentException">An edit stands twice.</exception>
    public StrataFile(StrataOrigin origin, IReadOnlyList<MeasuredConviction> convictions) =>
        (Origin, Convictions, byEdit) = (origin, convictions, convictions.ToDictionary(c => c.Edit, StringComparer.Ordinal));

    /// <summary>How they were measured.</summary>
    public StrataOrigin Origin { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<MeasuredConviction> Convictions { get; }

    /// <summary>The strata of train, dev and test, measured on data/nano.</summary>
    public static StrataFile Shipped() => Read(DataFolder.Of("benchmark", "strata.jsonl"));

    /// <summary>The stratum of an edit.</summary>
    /// <exception cref="KeyNotFoundException">The edit was not measured.</exception>
    public string Of(BenchmarkEdit edit) => byEdit.TryGetValue(edit.Id, out var measured)
        ? Origin.Thresholds.Of(new(measured.OldShare, measured.OldProbability))
        : throw new KeyNotFoundException($"No conviction was measured for edit '{edit.Id}'; measure it with ConvictionMeasure.");

    /// <summary>Writes the file.</summary>
    public void Write(string path) =>
        AtomicFile.WriteAllText(path,
            string.Concat(Convictions.Select(c => JsonSerializer.Serialize(c, Layout) + "\n").Prepend(JsonSerializer.Serialize(Origin, Layout) + "\n")));

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A line is damaged, or an edit stands twice; the message names the line.</exception>
    public static StrataFile Read(string path)
    {
        var lines = File.ReadAllLines(path);
        if (lines.Length == 0) throw new InvalidDataException($"{path}: is empty; the first line says how the strata were measured.");
        var origin = Parse<StrataOrigin>(lines[0], $"{path}: line 1");
        MeasuredConviction[] convictions = [.. lines.Skip(1).Select((line, i) => Parse<MeasuredConviction>(line, $"{path}: line {i + 2}"))];
        foreach (var (conviction, i) in convictions.Select((c, i) => (c, i)))
        {
            if (conviction.OldShare is not (>= 0 and <= 1) || conviction.OldProbability is not (>= 0 and <= 1))
                throw new InvalidDataException($"{path}: line {i + 2}: old_share and old_probability are in 0..1, found {conviction.OldShare} and {conviction.OldProbability}.");
        }
        if (convictions.GroupBy(c => c.Edit).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidDataException($"{path}: the edit '{twice.Key}' stands twice.");
        return new(origin, convictions);
    }

    private static T Parse<T>(string line, string where)
    {
        try { return JsonSerializer.Deserialize<T>(line, Layout) ?? throw new InvalidDataException($"{where}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{where}: {e.Message}", e); }
    }
}
