using System.Text.Json;
using Crane.Core.Model;

namespace Crane.Core.Memory.Learning;

/// <summary>A scorer with the thresholds of its gate, as the file keeps them.</summary>
/// <param name="Scorer">The learnt pair scorer.</param>
/// <param name="Unread">Scores entries for which the model has no words (<see cref="EditEntry.IsUnread"/>); null for pictures.</param>
/// <param name="Threshold">See <see cref="Gate.Threshold"/>.</param>
/// <param name="TwinMargin">See <see cref="Gate.TwinMargin"/>.</param>
/// <param name="FalseRetrievalRate">What the thresholds were calibrated for.</param>
/// <param name="Calibration">Best scores of the calibration queries to which nothing applies, ascending, to four digits.</param>
public sealed record LearntGate(LogisticScorer Scorer, LogisticScorer? Unread, double Threshold, double TwinMargin, double FalseRetrievalRate,
    double[] Calibration)
{
    /// <summary>The probability that a candidate is the right one, by the scorer for its kind of entry. This method is a <see cref="PairScorer"/>.</summary>
    public double Score(Candidate candidate) => (candidate.Entry.IsUnread ? Unread ?? Scorer : Scorer).Score(candidate);

    /// <summary>The gate.</summary>
    public Gate Gate() => new(Score, Threshold, TwinMargin);
}

/// <summary>What a memory has learnt: how pictures are compared, and when an entry is brought. The files of data/memory.</summary>
public sealed class LearntMemory(PictureNet net, LearntGate visual, LearntGate textual) : IDisposable
{
    private const string NetFile = "pictures.safetensors", GatesFile = "gates.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true };

    private sealed record Gates(LearntGate Visual, LearntGate Textual);

    /// <summary>Makes keys of pictures.</summary>
    public PictureNet Net => net;

    /// <summary>Decides about visual entries.</summary>
    public LearntGate Visual => visual;

    /// <summary>Decides about textual entries.</summary>
    public LearntGate Textual => textual;

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">null: data/memory.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static LearntMemory Load(string? folder = null)
    {
        folder ??= DataFolder.Of("memory");
        var path = Path.Combine(folder, GatesFile);
        Gates gates;
        try { gates = JsonSerializer.Deserialize<Gates>(File.ReadAllBytes(path), Json) ?? throw new InvalidDataException($"{path}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: not the gates of a memory: {e.Message}", e); }
        foreach (var (name, scorer, count) in new[]
        {
            ("visual", gates.Visual.Scorer, FeatureCount(Modality.Visual)), ("textual", gates.Textual.Scorer, FeatureCount(Modality.Textual, "read")),
            ("unread textual", gates.Textual.Unread, FeatureCount(Modality.Textual)),
        })
            if (scorer?.Weights.Length != count || scorer.Mean.Length != count || scorer.Scale.Length != count)
                throw new InvalidDataException($"{path}: the {name} scorer has {scorer?.Weights.Length ?? 0} weights, expected {count}. " +
                    "It was made by another version; make it again with 'crane memory'.");
        return new(PictureNet.Load(Path.Combine(folder, NetFile)), gates.Visual, gates.Textual);
    }

    /// <summary>Writes the two files.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        net.Save(Path.Combine(folder, NetFile));
        AtomicFile.WriteAllBytes(Path.Combine(folder, GatesFile), JsonSerializer.SerializeToUtf8Bytes(new Gates(visual, textual), Json));
    }

    /// <summary>A memory over a library, read by a model.</summary>
    /// <param name="library">Holds the entries; stays the caller's.</param>
    /// <param name="model">Reads questions and encodes sentences; stays the caller's. The gates were calibrated with the nano base.</param>
    /// <param name="options">Null: the learnt gates.</param>
    public EditMemory Over(EditLibrary library, VisionLanguageModel model, MemoryOptions? options = null) =>
        new(library, net, QwenEncoders.Texts(model), options ?? new(visual.Gate(), textual.Gate()), new ChainReader(model).ReadAsync);

    /// <inheritdoc/>
    public void Dispose() => net.Dispose();

    private static int FeatureCount(Modality modality, string? reading = null) =>
        new Candidate(new() { Id = "", Modality = modality, Subject = "", Question = "", NewValue = "", Reading = reading }, 0, 0).Features.Length;
}
