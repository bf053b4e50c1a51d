using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Core.Vision;

namespace Crane.Core.Model;

/// <summary>Qwen3-VL's tower: learnt positions, LayerNorm, DeepStack.</summary>
public sealed record Qwen3VisionConfig : VisionConfig
{
    private const string Activation = "gelu_pytorch_tanh";

    /// <summary>A tower whose sizes are set by the initialiser.</summary>
    public Qwen3VisionConfig()
    {
    }

    [SetsRequiredMembers]
    private Qwen3VisionConfig(JsonFields fields) : base(fields, Activation)
    {
        NumPositionEmbeddings = fields.Size("num_position_embeddings");
        DeepstackVisualIndexes = fields.Ints("deepstack_visual_indexes");
        if (PositionSide * PositionSide != NumPositionEmbeddings)
            throw new InvalidDataException($"{fields.Where}: num_position_embeddings {NumPositionEmbeddings} is not a square.");
        CheckBlocks("deepstack_visual_indexes", DeepstackVisualIndexes, fields.Where);
    }

    /// <inheritdoc/>
    public override Architecture Architecture => Architecture.Qwen3Vl;

    /// <summary>Learnt positions, a square grid that is interpolated to the picture's.</summary>
    public required int NumPositionEmbeddings { get; init; }

    /// <summary>Blocks whose outputs are merged and added to the first decoder layers (DeepStack).</summary>
    public required int[] DeepstackVisualIndexes { get; init; }

    /// <summary>Side of the square grid of learnt positions.</summary>
    public int PositionSide => (int)Math.Sqrt(NumPositionEmbeddings);

    /// <inheritdoc/>
    public override int DeepStackLayers => DeepstackVisualIndexes.Length;

    /// <inheritdoc/>
    public override VisionTower CreateTower() => new Qwen3VisionTower(this);

    /// <inheritdoc/>
    /// <remarks>Every temporal patch is a block of its own: its time stands in the text before it.</remarks>
    public override IEnumerable<VisionSpan> VideoSpans(IReadOnlyList<GridThw> videos, IReadOnlyList<float> secondsPerGrid) =>
        videos.SelectMany(grid => Enumerable.Repeat(new VisionSpan(grid with { Time = 1 }), grid.Time));

    internal static VisionConfig From(JsonFields fields) => new Qwen3VisionConfig(fields);

    internal override JsonObject ToJson() => JsonSerializer.SerializeToNode(new
    {
        deepstack_visual_indexes = DeepstackVisualIndexes,
        depth = Depth,
        hidden_act = Activation,
        hidden_size = HiddenSize,
        in_channels = InChannels,
        intermediate_size = IntermediateSize,
        model_type = "qwen3_vl_vision",
        num_heads = NumHeads,
        num_position_embeddings = NumPositionEmbeddings,
        out_hidden_size = OutHiddenSize,
        patch_size = PatchSize,
        rope_parameters = new { rope_theta = RopeTheta, rope_type = "axial" },
        spatial_merge_size = SpatialMergeSize,
        temporal_patch_size = TemporalPatchSize,
    })!.AsObject();
}
