using System.Text.Json;
using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>What one optimiser step measured; the names in the log are TRL's.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Stage">Part of the run.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="MeanTokenAccuracy">Share of learnt tokens that were the likeliest.</param>
/// <param name="GradNorm">Norm of the gradient before clipping.</param>
/// <param name="LearningRate">Rate of this step.</param>
/// <param name="NumTokens">Tokens read so far, padding left out.</param>
/// <param name="StepTime">Seconds the step took; the one number of a log that a second run does not repeat.</param>
public sealed record StepRecord(int Step, string Stage, double Loss, double MeanTokenAccuracy, double GradNorm, double LearningRate, long NumTokens,
    double StepTime);

/// <summary>The state of a run on disk, so that a killed run goes on where it was: weights, optimiser and log of the last checkpoint. A checkpoint is written
/// whole beside the old one before the pointer <c>latest</c> moves to it.</summary>
public sealed class TrainingFolder(string path)
{
    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private string Latest => Path.Combine(path, "latest");

    /// <summary>Writes a checkpoint.</summary>
    public void Save(QwenVl model, AdamW optimizer, IReadOnlyList<StepRecord> history)
    {
        var name = $"step-{history.Count:D6}";
        var folder = Path.Combine(path, name);
        Checkpoint.Save(model, folder);
        SafeTensors.Write(Path.Combine(folder, "optimizer.safetensors"), optimizer.State);
        WriteHistory(Path.Combine(folder, "history.jsonl"), history);
        var old = Current();
        AtomicFile.WriteAllText(Latest, name);
        if (old is not null && old != folder) Directory.Delete(old, recursive: true);
    }

    /// <summary>Puts the last checkpoint into a model and its optimiser.</summary>
    /// <returns>The steps done so far; empty where there is no checkpoint.</returns>
    /// <exception cref="InvalidDataException">The checkpoint belongs to another model.</exception>
    public List<StepRecord> Restore(QwenVl model, AdamW optimizer)
    {
        if (Current() is not { } folder) return [];
        using var none = no_grad();
        using (var saved = Checkpoint.Load(folder))
        using (var scope = NewDisposeScope())
        {
            var source = Checkpoint.Tensors(saved).ToDictionary();
            foreach (var (name, tensor) in Checkpoint.Tensors(model)) Copy(source, name, tensor, folder);
        }
        var state = SafeTensors.ReadAll(Path.Combine(folder, "optimizer.safetensors"));
        foreach (var (name, tensor) in optimizer.State) Copy(state, name, tensor, folder);
        foreach (var tensor in state.Values) tensor.Dispose();
        var history = ReadHistory(Path.Combine(folder, "history.jsonl"));
        optimizer.Steps = history.Count;
        return history;
    }

    /// <summary>Writes a log, one line a step.</summary>
    public static void WriteHistory(string file, IEnumerable<StepRecord> history) =>
        AtomicFile.WriteAllText(file, string.Concat(history.Select(step => JsonSerializer.Serialize(step, Names) + "\n")));

    /// <summary>Reads a log.</summary>
    /// <exception cref="InvalidDataException">A line is damaged.</exception>
    public static List<StepRecord> ReadHistory(string file) => [.. File.ReadLines(file).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<StepRecord>(line, Names) ?? throw new InvalidDataException($"{file}: line {i + 1} is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{file}: line {i + 1}: {e.Message}", e); }
    })];

    private string? Current() => File.Exists(Latest) ? Path.Combine(path, File.ReadAllText(Latest).Trim()) : null;

    private static void Copy(Dictionary<string, Tensor> source, string name, Tensor target, string folder)
    {
        if (!source.TryGetValue(name, out var tensor) || !tensor.shape.SequenceEqual(target.shape))
            throw new InvalidDataException($"{folder}: '{name}' is missing or of another shape than [{string.Join(", ", target.shape)}]; the checkpoint belongs to another run. Choose another folder or delete it.");
        target.copy_(tensor);
    }
}
