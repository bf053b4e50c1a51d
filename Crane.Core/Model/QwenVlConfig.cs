using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crane.Core.Model;

/// <summary>A Qwen-VL checkpoint's <c>config.json</c>. Reads the layouts of the published files (rope_theta beside rope_scaling) and of
/// transformers 5 (rope_parameters); writes the latter, which both read.</summary>
public sealed record QwenVlConfig
{
    /// <summary>The architecture this kit implements so far.</summary>
    public const string Qwen3Vl = "qwen3_vl";

    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>The decoder.</summary>
    public required TextConfig Text { get; init; }

    /// <summary>The vision tower.</summary>
    public required VisionConfig Vision { get; init; }

    /// <summary>Placeholder of a picture's token.</summary>
    public required int ImageTokenId { get; init; }

    /// <summary>Placeholder of a video's token.</summary>
    public required int VideoTokenId { get; init; }

    /// <summary>Opens a picture or a video.</summary>
    public required int VisionStartTokenId { get; init; }

    /// <summary>Closes a picture or a video.</summary>
    public required int VisionEndTokenId { get; init; }

    /// <summary>Whether the output head is the token embedding; then the checkpoint has no <c>lm_head.weight</c>.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Reads <c>config.json</c> of a checkpoint folder, or the file itself.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">Another architecture, a missing field, or sizes that contradict each other.</exception>
    public static QwenVlConfig Load(string folderOrFile)
    {
        var path = Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, "config.json") : folderOrFile;
        var fields = JsonFields.ReadFile(path);
        if (fields.Text("model_type", null) is not Qwen3Vl and var type)
            throw new InvalidDataException($"{path}: model_type is '{type ?? "absent"}', expected '{Qwen3Vl}'. Other architectures cannot be loaded.");
        var config = new QwenVlConfig
        {
            Text = TextConfig.From(fields.Object("text_config")),
            Vision = VisionConfig.From(fields.Object("vision_config")),
            ImageTokenId = fields.Int("image_token_id"),
            VideoTokenId = fields.Int("video_token_id"),
            VisionStartTokenId = fields.Int("vision_start_token_id"),
            VisionEndTokenId = fields.Int("vision_end_token_id"),
            TieWordEmbeddings = fields.Bool("tie_word_embeddings", false),
        };
        return config.Checked(path);
    }

    private QwenVlConfig Checked(string path)
    {
        if (Vision.OutHiddenSize != Text.HiddenSize)
            throw new InvalidDataException($"{path}: vision_config.out_hidden_size {Vision.OutHiddenSize} must equal text_config.hidden_size {Text.HiddenSize}.");
        if (Vision.DeepstackVisualIndexes.Length > Text.NumHiddenLayers)
            throw new InvalidDataException($"{path}: {Vision.DeepstackVisualIndexes.Length} deepstack outputs need as many decoder layers, found {Text.NumHiddenLayers}.");
        foreach (var (name, id) in new[] { ("image_token_id", ImageTokenId), ("video_token_id", VideoTokenId), ("vision_start_token_id", VisionStartTokenId), ("vision_end_token_id", VisionEndTokenId) })
            if (id < 0 || id >= Text.VocabSize) throw new InvalidDataException($"{path}: {name} {id} lies outside the vocabulary of {Text.VocabSize}.");
        return this;
    }

    /// <summary>The file as transformers 5 writes it.</summary>
    public string ToJson() => JsonSerializer.Serialize(new
    {
        architectures = (string[])["Qwen3VLForConditionalGeneration"],
        dtype = "float32",
        image_token_id = ImageTokenId,
        model_type = Qwen3Vl,
        text_config = new
        {
            attention_bias = Text.AttentionBias,
            attention_dropout = 0.0,
            dtype = "float32",
            head_dim = Text.HeadDim,
            hidden_act = "silu",
            hidden_size = Text.HiddenSize,
            initializer_range = Text.InitializerRange,
            intermediate_size = Text.IntermediateSize,
            max_position_embeddings = Text.MaxPositionEmbeddings,
            model_type = "qwen3_vl_text",
            num_attention_heads = Text.NumAttentionHeads,
            num_hidden_layers = Text.NumHiddenLayers,
            num_key_value_heads = Text.NumKeyValueHeads,
            rms_norm_eps = Text.RmsNormEps,
            rope_parameters = new { mrope_interleaved = true, mrope_section = Text.MropeSection, rope_theta = Text.RopeTheta, rope_type = "default" },
            use_cache = true,
            vocab_size = Text.VocabSize,
        },
        tie_word_embeddings = TieWordEmbeddings,
        video_token_id = VideoTokenId,
        vision_config = new
        {
            deepstack_visual_indexes = Vision.DeepstackVisualIndexes,
            depth = Vision.Depth,
            hidden_act = "gelu_pytorch_tanh",
            hidden_size = Vision.HiddenSize,
            in_channels = Vision.InChannels,
            intermediate_size = Vision.IntermediateSize,
            model_type = "qwen3_vl_vision",
            num_heads = Vision.NumHeads,
            num_position_embeddings = Vision.NumPositionEmbeddings,
            out_hidden_size = Vision.OutHiddenSize,
            patch_size = Vision.PatchSize,
            rope_parameters = new { rope_theta = Vision.RopeTheta, rope_type = "axial" },
            spatial_merge_size = Vision.SpatialMergeSize,
            temporal_patch_size = Vision.TemporalPatchSize,
        },
        vision_end_token_id = VisionEndTokenId,
        vision_start_token_id = VisionStartTokenId,
    }, Layout) + "\n";
}
