using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Crane.Core.Training;

/// <summary>A line of a trainer's log.</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Values">Numbers under the names of TRL and Hugging Face: means since the line before, except <c>learning_rate</c>, <c>grad_norm</c>,
/// <c>epoch</c> and
/// <c>num_tokens</c>, which are the latest.</param>
public sealed record LogLine(int Step, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>The value, or NaN where this line has none.</summary>
    public double this[string name] => Values.TryGetValue(name, out var value) ? value : double.NaN;
}

/// <summary>Gathers numbers between two lines of a log.</summary>
public sealed class TrainingLog
{
    private static readonly JsonSerializerOptions Numbers = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly Dictionary<string, List<double>> window = [];
    private readonly List<LogLine> lines = [];

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<LogLine> Lines => lines;

    /// <summary>Adds a number to the mean of the next line.</summary>
    public void Add(string name, double value)
    {
        if (!window.TryGetValue(name, out var values)) window[name] = values = [];
        values.Add(value);
    }

    /// <summary>Sets a number of which only the latest counts.</summary>
    public void Set(string name, double value) => window[name] = [value];

    /// <summary>The numbers added since the last line, the latest of each.</summary>
    public IReadOnlyDictionary<string, double> Latest => window.ToDictionary(pair => pair.Key, pair => pair.Value[^1]);

    /// <summary>The latest of a number, in this line or the one before; null where neither has it.</summary>
    public double? LatestOf(string name) => window.TryGetValue(name, out var values) ? values[^1] : lines.Count > 0
        && lines[^1].Values.TryGetValue(name, out var value) ? value : null;

    /// <summary>Writes a line and begins the next.</summary>
    public LogLine Close(int step)
    {
        lines.Add(new(step, window.ToDictionary(pair => pair.Key, pair => pair.Value.Average())));
        window.Clear();
        return lines[^1];
    }

    /// <summary>One line of JSON a line of the log.</summary>
    public string ToJsonLines() =>
        string.Concat(lines.Select(line => new JsonObject([new("step", line.Step), .. line.Values.Select(Number)]).ToJsonString(Numbers) + "\n"));

    /// <summary>What a checkpoint keeps: lines, and the numbers of the line that is not closed yet.</summary>
    internal JsonObject ToJson() => JsonSerializer.SerializeToNode(new Kept([.. lines], window), Numbers)!.AsObject();

    internal static TrainingLog FromJson(JsonNode json)
    {
        var kept = json.Deserialize<Kept>(Numbers)!;
        var log = new TrainingLog();
        log.lines.AddRange(kept.Lines);
        foreach (var (name, values) in kept.Window) log.window[name] = values;
        return log;
    }

    private static KeyValuePair<string, JsonNode?> Number(KeyValuePair<string, double> pair) =>
        new(pair.Key, JsonSerializer.SerializeToNode(pair.Value, Numbers));

    private sealed record Kept(LogLine[] Lines, Dictionary<string, List<double>> Window);
}
