using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Evaluation.Tuning;

/// <summary>What one setting came to on the dev edits.</summary>
/// <param name="Settings">The record of settings.</param>
/// <param name="Reliability">Teacher-forced token accuracy of the target on the edited question itself, 0..1.</param>
/// <param name="Generality">The same on rephrased questions and pictures.</param>
/// <param name="Locality">Share of the target tokens of unrelated questions whose likeliest token stayed what it was.</param>
/// <param name="Score">Harmonic mean of the three.</param>
/// <param name="GroundedSuccess">Grounded Success when the model writes, on the edited question and the rephrased ones. Breaks ties.</param>
/// <param name="ValidForm">Share of those completions in valid form.</param>
/// <param name="EditSeconds">Mean wall-clock time of applying one edit.</param>
/// <param name="Seconds">Wall-clock time of the whole trial, training of a method's network included.</param>
public sealed record TuningTrial(JsonElement Settings, double Reliability, double Generality, double Locality, double Score, double GroundedSuccess,
    double ValidForm,
    double EditSeconds, double Seconds);

/// <summary>The search of one method's settings: a file of <c>data/results/tuning</c>.</summary>
/// <param name="Method">Id of the method.</param>
/// <param name="Criterion">How the choice is made.</param>
/// <param name="Edits">Ids of the dev edits, each applied alone.</param>
/// <param name="Seed">Fixes the choice of edits.</param>
/// <param name="Base">Hash of the untouched model's weights.</param>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Trials">In the order in which they were tried.</param>
public sealed record TuningRecord(string Method, string Criterion, IReadOnlyList<string> Edits, int Seed, string Base, string Commit, string Machine,
    IReadOnlyList<TuningTrial> Trials)
{
    /// <summary>Scores nearer than this are a tie.</summary>
    public const double Tie = 0.02;

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The criterion in words.</summary>
    public const string HarmonicMean = "largest harmonic mean of teacher-forced reliability, generality and locality; among scores within 0.02 of it the largest Grounded Success, then the largest score, then the first tried";

    /// <summary>The trial that the criterion chooses, or null before the first.</summary>
    public TuningTrial? Chosen => Trials.Where(trial => trial.Score > Trials.Max(t => t.Score) - Tie).OrderByDescending(trial => trial.GroundedSuccess)
        .ThenByDescending(trial => trial.Score).FirstOrDefault();

    /// <summary>Wall-clock time of the whole search.</summary>
    public double Seconds => Trials.Sum(trial => trial.Seconds);

    /// <summary>Settings as they stand in the file.</summary>
    public static JsonElement Json(object settings) => JsonSerializer.SerializeToElement(settings, settings.GetType(), Layout);

    /// <summary>The trial of some settings, or null.</summary>
    public TuningTrial? Of(object settings) => Json(settings) is var wanted ? Trials.FirstOrDefault(trial => JsonElement.DeepEquals(trial.Settings, wanted))
        : null;

    /// <summary>Writes the file whole.</summary>
    public void Write(string path) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(this, Layout) + "\n");

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TuningRecord Read(string path)
    {
        try { return JsonSerializer.Deserialize<TuningRecord>(File.ReadAllText(path), Layout) ?? throw new JsonException("null"); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: not the record of a search: {e.Message}", e); }
    }
}
