using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Core.Vision;

namespace Crane.Core.Model;

/// <summary>Qwen2.5-VL's tower: attention in windows but for a few blocks, RMSNorm, gated MLPs.</summary>
public sealed record Qwen25VisionConfig : VisionConfig
{
    private const string Activation = "silu";

    /// <summary>A tower whose sizes are set by the initialiser.</summary>
    public Qwen25VisionConfig()
    {
    }

    [SetsRequiredMembers]
    private Qwen25VisionConfig(JsonFields fields) : base(fields, Activation)
    {
        WindowSize = fields.Size("window_size");
        FullattBlockIndexes = fields.Ints("fullatt_block_indexes");
        TokensPerSecond = fields.Size("tokens_per_second");
        if (WindowTokens < 1)
            throw new InvalidDataException($"{fields.Where}: window_size {WindowSize} holds no token of {SpatialMergeSize} × {SpatialMergeSize} patches of {PatchSize} pixels.");
        CheckBlocks("fullatt_block_indexes", FullattBlockIndexes, fields.Where);
    }

    /// <inheritdoc/>
    public override Architecture Architecture => Architecture.Qwen25Vl;

    /// <summary>Side of an attention window in pixels.</summary>
    public required int WindowSize { get; init; }

    /// <summary>Blocks in which a patch sees its whole frame.</summary>
    public required int[] FullattBlockIndexes { get; init; }

    /// <summary>Steps of the time axis in a second of video.</summary>
    public required int TokensPerSecond { get; init; }

    /// <summary>Side of a window in merged tokens.</summary>
    public int WindowTokens => WindowSize / SpatialMergeSize / PatchSize;

    /// <inheritdoc/>
    public override VisionTower CreateTower() => new Qwen25VisionTower(this);

    /// <inheritdoc/>
    /// <remarks>A video is one block; its time axis counts <see cref="TokensPerSecond"/>.</remarks>
    public override IEnumerable<VisionSpan> VideoSpans(IReadOnlyList<GridThw> videos, IReadOnlyList<float> secondsPerGrid) =>
        videos.Zip(secondsPerGrid, (grid, seconds) => new VisionSpan(grid, TokensPerSecond * seconds));

    internal static VisionConfig From(JsonFields fields) => new Qwen25VisionConfig(fields);

    internal override JsonObject ToJson() => JsonSerializer.SerializeToNode(new
    {
        depth = Depth,
        fullatt_block_indexes = FullattBlockIndexes,
        hidden_act = Activation,
        hidden_size = HiddenSize,
        in_channels = InChannels,
        intermediate_size = IntermediateSize,
        model_type = "qwen2_5_vl_vision",
        num_heads = NumHeads,
        out_hidden_size = OutHiddenSize,
        patch_size = PatchSize,
        rope_parameters = new { rope_theta = RopeTheta, rope_type = "axial" },
        spatial_merge_size = SpatialMergeSize,
        temporal_patch_size = TemporalPatchSize,
        tokens_per_second = TokensPerSecond,
        window_size = WindowSize,
    })!.AsObject();
}
