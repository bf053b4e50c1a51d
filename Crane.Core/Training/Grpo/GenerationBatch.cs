using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Crane.Core.Training.Grpo;

/// <summary>A completion with all that the loss needs of it, as plain numbers: a checkpoint can hold it.</summary>
/// <param name="Prompt">Index of its prompt in the data.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="Advantage">How much better than its group it is.</param>
/// <param name="Counts">false: cut off, and <see cref="GrpoConfig.MaskTruncatedCompletions"/> leaves it out.</param>
internal sealed record ScoredRow(int Prompt, int[] Ids, float Advantage, bool Counts)
{
    /// <summary>log π_old of each token, where it is needed.</summary>
    public float[]? OldLogProbs { get; init; }

    /// <summary>log π_ref of each token, where there is a KL term.</summary>
    public float[]? RefLogProbs { get; init; }

    /// <summary>log-probabilities of the sampler, where that is another program.</summary>
    public float[]? SamplingLogProbs { get; init; }
}

/// <summary>What one generation gave, in the order in which micro batches take it.</summary>
/// <param name="Number">Counted from 0.</param>
/// <param name="Rows">Shuffled completions.</param>
/// <param name="NumItems">Tokens that count.</param>
internal sealed record GenerationBatch(int Number, IReadOnlyList<ScoredRow> Rows, long NumItems)
{
    private static readonly JsonSerializerOptions Numbers = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Numbers)!;

    public static GenerationBatch? FromJson(JsonNode? json) => json?.Deserialize<GenerationBatch>(Numbers);
}
