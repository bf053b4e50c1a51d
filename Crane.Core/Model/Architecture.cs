namespace Crane.Core.Model;

/// <summary>What an architecture of the family fixes in code rather than in <c>config.json</c>; one row each.</summary>
public sealed record Architecture
{
    private Architecture(Func<JsonFields, VisionConfig> readVision) => ReadVision = readVision;

    /// <summary>Qwen2.5-VL (arXiv 2502.13923): window attention in the tower, frequencies in sections, a video is one block with a clock.</summary>
    public static Architecture Qwen25Vl { get; } = new(Qwen25VisionConfig.From)
    {
        ModelType = "qwen2_5_vl",
        ClassName = "Qwen2_5_VLForConditionalGeneration",
        QkvBias = true,
        RopeTheta = 1_000_000,
        SystemPrompt = "You are a helpful assistant.",
        WritesPublishedKeys = true,
    };

    /// <summary>Qwen3-VL: learnt positions and DeepStack in the tower, normalised queries and keys, interleaved frequencies, times of a video as
    /// text.</summary>
    public static Architecture Qwen3Vl { get; } = new(Qwen3VisionConfig.From)
    {
        ModelType = "qwen3_vl",
        ClassName = "Qwen3VLForConditionalGeneration",
        QkNorm = true,
        MropeInterleaved = true,
        RopeTheta = 5_000_000,
    };

    /// <summary>All that can be loaded.</summary>
    public static IReadOnlyList<Architecture> All { get; } = [Qwen25Vl, Qwen3Vl];

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Hugging Face's class, under <c>architectures</c>.</summary>
    public required string ClassName { get; init; }

    /// <summary>Whether q, k and v have biases (and the output projection none) whatever <c>attention_bias</c> says.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Whether queries and keys are normalised a head.</summary>
    public bool QkNorm { get; init; }

    /// <summary>Whether the rotary frequencies of time, height and width alternate; otherwise each has a section.</summary>
    public bool MropeInterleaved { get; init; }

    /// <summary>Base of the rotary frequencies where the config names none.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>What the chat template puts first when the conversation has no system turn, or null for nothing.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Whether Hugging Face saves it under the keys of the first published checkpoints (<c>visual.*</c>, <c>model.layers.*</c>).</summary>
    public bool WritesPublishedKeys { get; init; }

    internal Func<JsonFields, VisionConfig> ReadVision { get; }

    /// <summary>The row of a <c>model_type</c>, or null.</summary>
    public static Architecture? Of(string? modelType) => All.FirstOrDefault(row => row.ModelType == modelType);
}
