using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Crane.Core.Vision;

namespace Crane.Core.Model;

/// <summary>Sizes of a vision tower, under the names of Hugging Face's <c>vision_config</c>: what the towers of the family share.</summary>
public abstract record VisionConfig
{
    private protected VisionConfig()
    {
    }

    /// <summary>Reads the fields that every tower has.</summary>
    [SetsRequiredMembers]
    private protected VisionConfig(JsonFields fields, string activation)
    {
        if (fields.Text("hidden_act", activation) is var act && act != activation)
            throw new InvalidDataException($"{fields.Where}: hidden_act is '{act}', expected '{activation}'.");
        Depth = fields.Size("depth");
        HiddenSize = fields.Size("hidden_size");
        IntermediateSize = fields.Size("intermediate_size");
        NumHeads = fields.Size("num_heads");
        PatchSize = fields.Size("patch_size");
        SpatialMergeSize = fields.Int("spatial_merge_size", 2);
        TemporalPatchSize = fields.Int("temporal_patch_size", 2);
        InChannels = fields.Int("in_channels", 3);
        OutHiddenSize = fields.Size("out_hidden_size");
        RopeTheta = fields.ObjectOrNull("rope_parameters")?.Double("rope_theta", 10_000) ?? 10_000;
        if (HiddenSize % (4 * NumHeads) != 0)
            throw new InvalidDataException($"{fields.Where}: hidden_size {HiddenSize} must be a multiple of 4 × num_heads {NumHeads} (two rotary axes of pairs).");
        if (SpatialMergeSize < 1 || TemporalPatchSize < 1 || InChannels < 1)
            throw new InvalidDataException($"{fields.Where}: spatial_merge_size, temporal_patch_size and in_channels must be at least 1.");
    }

    /// <summary>The architecture that has this tower.</summary>
    public abstract Architecture Architecture { get; }

    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Width of a patch's vector.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the MLP.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Attention heads; each is <see cref="HiddenSize"/> / this wide.</summary>
    public required int NumHeads { get; init; }

    /// <summary>Side of a patch in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Side of the square of patches that becomes one token.</summary>
    public int SpatialMergeSize { get; init; } = 2;

    /// <summary>Frames in a patch; a still picture is repeated.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary>Colour channels.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Width of a token after the merger: the decoder's <see cref="TextConfig.HiddenSize"/>.</summary>
    public required int OutHiddenSize { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Values in one patch: channels × frames × side².</summary>
    public int PatchValues => InChannels * TemporalPatchSize * PatchSize * PatchSize;

    /// <summary>Width of a joined square of patches.</summary>
    public int MergedSize => HiddenSize * SpatialMergeSize * SpatialMergeSize;

    /// <summary>How many of the decoder's first layers receive an earlier view of the pictures.</summary>
    public virtual int DeepStackLayers => 0;

    /// <summary>A tower of these sizes with TorchSharp's fresh weights.</summary>
    public abstract VisionTower CreateTower();

    /// <summary>The blocks of placeholders that stand for videos in a prompt.</summary>
    /// <param name="videos">A grid a video.</param>
    /// <param name="secondsPerGrid">Seconds between two temporal patches, one a video.</param>
    public abstract IEnumerable<VisionSpan> VideoSpans(IReadOnlyList<GridThw> videos, IReadOnlyList<float> secondsPerGrid);

    internal abstract JsonObject ToJson();

    /// <summary>Refuses indexes that are no block.</summary>
    private protected void CheckBlocks(string name, int[] indexes, string where)
    {
        if (indexes.Any(index => index < 0 || index >= Depth))
            throw new InvalidDataException($"{where}: {name} [{string.Join(", ", indexes)}] must lie in 0..{Depth - 1}.");
    }
}
