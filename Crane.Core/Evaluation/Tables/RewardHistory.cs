using System.Text.Json;

namespace Crane.Core.Evaluation.Tables;

/// <summary>The reward curves of the GRPO run that made the shipped weights, from the log of its trainer.</summary>
public static class RewardHistory
{
    private const string Begin = "rewards/", End = "/mean";

    /// <summary>The curves, a component each; empty where no log is stored beside the weights.</summary>
    public static IReadOnlyList<Display.Series> Shipped() =>
        ((string[][])[["sft-grpo", "log.jsonl"], ["sft-grpo", "training", "log.jsonl"]]).Select(parts => DataFolder.Of(["crane", .. parts]))
            .FirstOrDefault(File.Exists) is { } path ? Read(path) : [];

    /// <summary>Reads a trainer's log.</summary>
    /// <exception cref="InvalidDataException">A line is no JSON; the message names it.</exception>
    public static IReadOnlyList<Display.Series> Read(string path)
    {
        var curves = new Dictionary<string, List<(double Step, double Mean)>>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            try
            {
                using var record = JsonDocument.Parse(line);
                var step = record.RootElement.GetProperty("step").GetDouble();
                foreach (var value in record.RootElement.EnumerateObject())
                    if (value.Name.StartsWith(Begin, StringComparison.Ordinal) && value.Name.EndsWith(End, StringComparison.Ordinal)
                        && value.Value.ValueKind == JsonValueKind.Number)
                        (curves.TryGetValue(value.Name, out var curve) ? curve : curves[value.Name] = []).Add((step, value.Value.GetDouble()));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
                { throw new InvalidDataException($"{path}: line {number}: {e.Message}", e); }
        }
        return [.. curves.Select(curve => new Display.Series(curve.Key[Begin.Length..^End.Length], [.. curve.Value.Select(p => p.Step)],
            [.. curve.Value.Select(p => p.Mean)]))];
    }
}
