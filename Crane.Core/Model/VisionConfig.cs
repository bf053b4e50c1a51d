namespace Crane.Core.Model;

/// <summary>Sizes of the vision tower, under the names of Hugging Face's <c>vision_config</c>.</summary>
public sealed record VisionConfig
{
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

    /// <summary>Learnt positions, a square grid that is interpolated to the picture's.</summary>
    public required int NumPositionEmbeddings { get; init; }

    /// <summary>Blocks whose outputs are merged and added to the first decoder layers (DeepStack).</summary>
    public required int[] DeepstackVisualIndexes { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Values in one patch: channels × frames × side².</summary>
    public int PatchValues => InChannels * TemporalPatchSize * PatchSize * PatchSize;

    /// <summary>Width of a joined square of patches.</summary>
    public int MergedSize => HiddenSize * SpatialMergeSize * SpatialMergeSize;

    /// <summary>Side of the square grid of learnt positions.</summary>
    public int PositionSide => (int)Math.Sqrt(NumPositionEmbeddings);

    internal static VisionConfig From(JsonFields fields)
    {
        if (fields.Text("hidden_act", "gelu_pytorch_tanh") is not "gelu_pytorch_tanh" and var act)
            throw new InvalidDataException($"{fields.Where}: hidden_act is '{act}', expected 'gelu_pytorch_tanh'.");
        var config = new VisionConfig
        {
            Depth = fields.Size("depth"),
            HiddenSize = fields.Size("hidden_size"),
            IntermediateSize = fields.Size("intermediate_size"),
            NumHeads = fields.Size("num_heads"),
            PatchSize = fields.Size("patch_size"),
            SpatialMergeSize = fields.Int("spatial_merge_size", 2),
            TemporalPatchSize = fields.Int("temporal_patch_size", 2),
            InChannels = fields.Int("in_channels", 3),
            OutHiddenSize = fields.Size("out_hidden_size"),
            NumPositionEmbeddings = fields.Size("num_position_embeddings"),
            DeepstackVisualIndexes = fields.Ints("deepstack_visual_indexes"),
            RopeTheta = fields.ObjectOrNull("rope_parameters")?.Double("rope_theta", 10_000) ?? 10_000,
        };
        return config.Checked(fields.Where);
    }

    private VisionConfig Checked(string where)
    {
        if (HiddenSize % (4 * NumHeads) != 0) throw new InvalidDataException($"{where}: hidden_size {HiddenSize} must be a multiple of 4 × num_heads {NumHeads} (two rotary axes of pairs).");
        if (PositionSide * PositionSide != NumPositionEmbeddings) throw new InvalidDataException($"{where}: num_position_embeddings {NumPositionEmbeddings} is not a square.");
        if (DeepstackVisualIndexes.Any(index => index < 0 || index >= Depth))
            throw new InvalidDataException($"{where}: deepstack_visual_indexes [{string.Join(", ", DeepstackVisualIndexes)}] must lie in 0..{Depth - 1}.");
        return this;
    }
}
