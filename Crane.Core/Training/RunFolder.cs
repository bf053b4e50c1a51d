using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Crane.Core.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>The state of an SFT or GRPO run on disk, so that a killed run goes on bit for bit: learnt weights, optimiser, random generator, log, and what else
/// the
/// trainer keeps. A checkpoint is written whole beside the one before it; then the pointer <c>latest</c> moves. If writing fails, the one before is still
/// there.</summary>
/// <param name="path">The folder; made where it does not exist.</param>
public sealed class RunFolder(string path)
{
    private const string Weights = "weights.safetensors", OptimizerState = "optimizer.safetensors", RandomState = "random.safetensors", State = "state.json";
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = false, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private string Latest => Path.Combine(path, "latest");

    /// <summary>A file of the run beside its checkpoints.</summary>
    public string File(string name) => Path.Combine(path, name);

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="step">Optimiser steps done.</param>
    /// <param name="weights">What is learnt.</param>
    /// <param name="optimizer">Its state.</param>
    /// <param name="state">Everything else.</param>
    /// <param name="log">What <c>log.jsonl</c> holds after this step; written before the checkpoint counts, so that a run killed behind its last step has it
    /// all.</param>
    /// <exception cref="IOException">The disk is full or not writable; the checkpoint before stays in force.</exception>
    internal void Save(int step, IEnumerable<(string name, Parameter parameter)> weights, AdamW optimizer, JsonObject state, string log)
    {
        var name = $"step-{step:D6}";
        var folder = Path.Combine(path, name);
        try
        {
            Directory.CreateDirectory(folder);
            SafeTensors.Write(Path.Combine(folder, Weights), weights.Select(w => KeyValuePair.Create(w.name, (Tensor)w.parameter)));
            SafeTensors.Write(Path.Combine(folder, OptimizerState), optimizer.State);
            using (var random = Generator.Default.get_state()) SafeTensors.Write(Path.Combine(folder, RandomState), [new("default", random)]);
            state["step"] = step;
            AtomicFile.WriteAllText(Path.Combine(folder, State), state.ToJsonString(Layout));
            AtomicFile.WriteAllText(File("log.jsonl"), log);
            AtomicFile.WriteAllText(Latest, name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{folder}: the checkpoint of step {step} could not be written: {e.Message} "
                + $"{(Current() is { } kept ? $"{kept} is still whole; a new start goes on from there." : "There is no earlier one.")}", e);
        }
        RemoveAllBut(folder);
    }

    /// <summary>Removes older checkpoints, and halves of one that a killed run left. What cannot be removed now is tried again after the next checkpoint: the
    /// new one is whole.</summary>
    private void RemoveAllBut(string current)
    {
        foreach (var old in Directory.GetDirectories(path, "step-*").Where(old => Path.GetFileName(old) != Path.GetFileName(current)))
            try { Directory.Delete(old, recursive: true); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    /// <summary>Puts the last checkpoint into the weights and the optimiser.</summary>
    /// <param name="weights">What is learnt.</param>
    /// <param name="optimizer">Its state.</param>
    /// <param name="expected">Facts of this run that the checkpoint must share: its <c>config</c>, data and base.</param>
    /// <returns>Everything else, or null where there is no checkpoint.</returns>
    /// <exception cref="InvalidDataException">The checkpoint belongs to another run; what differs is named with both values.</exception>
    internal JsonObject? Restore(IReadOnlyList<(string name, Parameter parameter)> weights, AdamW optimizer, JsonObject expected)
    {
        if (Current() is not { } folder) return null;
        var state = Read(Path.Combine(folder, State));
        Compare(folder, state, expected);
        using var none = no_grad();
        Put(Path.Combine(folder, Weights), weights.Select(w => KeyValuePair.Create(w.name, (Tensor)w.parameter)));
        Put(Path.Combine(folder, OptimizerState), optimizer.State);
        optimizer.Steps = state["step"]!.GetValue<long>();
        var random = SafeTensors.ReadAll(Path.Combine(folder, RandomState));
        Generator.Default.set_state(random["default"]);
        foreach (var tensor in random.Values) tensor.Dispose();
        return state;
    }

    private JsonObject Read(string file)
    {
        try { return JsonNode.Parse(System.IO.File.ReadAllText(file))!.AsObject(); }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}: {Latest} names this checkpoint, and it cannot be read: {e.Message} Bring it back, or delete {path} to "
                + "begin anew.", e);
        }
    }

    private string? Current() => System.IO.File.Exists(Latest) ? Path.Combine(path, System.IO.File.ReadAllText(Latest).Trim()) : null;

    private static void Compare(string folder, JsonObject found, JsonObject expected)
    {
        var different = new List<string>();
        foreach (var (name, value) in Flat(expected))
        {
            var old = Flat(found).GetValueOrDefault(name);
            if (old != value) different.Add($"{name} was {old ?? "absent"} and is now {value}");
        }
        if (different.Count > 0)
            throw new InvalidDataException($"{folder}: the checkpoint belongs to another run: {string.Join("; ", different)}. Set the values back to go on "
                + "with it, or choose another folder.");
    }

    /// <summary>Leaves of an object by the name of their field; how often checkpoints are written may change.</summary>
    private static Dictionary<string, string> Flat(JsonObject json)
    {
        var leaves = new Dictionary<string, string>();
        foreach (var (name, value) in json)
            if (value is JsonObject inner) foreach (var (key, leaf) in Flat(inner)) leaves[$"{name}.{key}"] = leaf;
            else if (name != "save_steps") leaves[name] = value?.ToJsonString() ?? "null";
        return leaves;
    }

    private static void Put(string file, IEnumerable<KeyValuePair<string, Tensor>> targets)
    {
        using var saved = SafeTensors.Open(file);
        foreach (var (name, tensor) in targets)
        {
            if (!saved.Contains(name) || !saved.Entry(name).Shape.SequenceEqual(tensor.shape))
                throw new InvalidDataException($"{file}: '{name}' is missing or of another shape than [{string.Join(", ", tensor.shape)}]; the checkpoint "
                    + "belongs to another run. Choose another folder or delete it.");
            saved.ReadInto(name, tensor);
        }
    }
}
