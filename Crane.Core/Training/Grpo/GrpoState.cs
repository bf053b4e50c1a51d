using System.Text.Json.Nodes;

namespace Crane.Core.Training.Grpo;

/// <summary>Where a run is, apart from weights and optimiser.</summary>
internal sealed class GrpoState
{
    /// <summary>Optimiser steps done.</summary>
    public int Step { get; set; }

    /// <summary>Tokens of prompts and completions so far.</summary>
    public long NumTokens { get; set; }

    /// <summary>How far <c>rollouts.jsonl</c> counts.</summary>
    public long RolloutBytes { get; set; }

    /// <summary>The bonus of the next step.</summary>
    public required EntropyBonus Bonus { get; set; }

    /// <summary>The completions that are being learnt from.</summary>
    public GenerationBatch? Batch { get; set; }

    /// <summary>The log.</summary>
    public TrainingLog Log { get; private init; } = new();

    /// <summary>The latest reward, for progress bars.</summary>
    public string Summary => Log.LatestOf("reward") is { } reward ? $"reward {reward:f3}, loss {Log.LatestOf("loss"):f4}" : $"loss {Log.LatestOf("loss"):f4}";

    /// <summary>A fresh state, or that of a checkpoint.</summary>
    public static GrpoState From(JsonObject? json, GrpoConfig config) => json is null ? new() { Bonus = new(config.EntropyCoef) } : new()
    {
        Step = json["step"]!.GetValue<int>(),
        NumTokens = json["num_tokens"]!.GetValue<long>(),
        RolloutBytes = json["rollout_bytes"]!.GetValue<long>(),
        Bonus = new(json["entropy_coef"]!.GetValue<double>(), json["last_entropy"]?.GetValue<double>() ?? double.PositiveInfinity),
        Batch = GenerationBatch.FromJson(json["batch"]),
        Log = TrainingLog.FromJson(json["log"]!),
    };

    /// <summary>What a checkpoint keeps, beside the facts that the next start must share.</summary>
    public JsonObject ToJson(JsonObject facts)
    {
        var json = facts.DeepClone().AsObject();
        json["num_tokens"] = NumTokens;
        json["rollout_bytes"] = RolloutBytes;
        json["entropy_coef"] = Bonus.Coefficient;
        if (double.IsFinite(Bonus.LastEntropy)) json["last_entropy"] = Bonus.LastEntropy;
        json["batch"] = Batch?.ToJson();
        json["log"] = Log.ToJson();
        return json;
    }
}
