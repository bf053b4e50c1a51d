using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crane.Core.Model;

/// <summary>Sizes of the decoder, under the names of Hugging Face's <c>text_config</c>.</summary>
public sealed record TextConfig
{
    /// <summary>Rows of the token embedding.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the gated MLP.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of decoder layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Query heads.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Key and value heads; each serves <see cref="NumAttentionHeads"/> / this many query heads (grouped-query attention).</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>Width of a head; heads × this need not be <see cref="HiddenSize"/>.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Added to the mean square in RMSNorm.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 5_000_000;

    /// <summary>How many of the <see cref="HeadDim"/> / 2 frequencies follow time, height and width.</summary>
    public required int[] MropeSection { get; init; }

    /// <summary>Whether the projections of queries, keys and values have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the output projection of attention has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether queries and keys are normalised a head (Qwen3-VL).</summary>
    public bool QkNorm { get; init; }

    /// <summary>Whether the frequencies of time, height and width alternate (Qwen3-VL); otherwise each axis has a section of them (Qwen2.5-VL).</summary>
    public bool MropeInterleaved { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public int MaxPositionEmbeddings { get; init; } = 128_000;

    /// <summary>Standard deviation of freshly drawn weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    internal static TextConfig From(JsonFields fields, Architecture architecture)
    {
        // transformers 5 writes rope_parameters; older files have rope_theta beside rope_scaling.
        var rope = fields.ObjectOrNull("rope_parameters", "rope_scaling")
            ?? throw new InvalidDataException($"{fields.Where}: neither rope_parameters nor rope_scaling with an mrope_section.");
        var type = rope.Text("rope_type", null) ?? rope.Text("type", "default");
        if (type is not ("default" or "mrope"))
            throw new InvalidDataException($"{rope.Where}: rope type '{type}' is not supported, expected 'default' (or 'mrope', its old name).");
        if (rope.Bool("mrope_interleaved", architecture.MropeInterleaved) != architecture.MropeInterleaved)
            throw new InvalidDataException($"{rope.Where}: mrope_interleaved is {(architecture.MropeInterleaved ? "false" : "true")}, which {architecture.ModelType} is not made for.");
        var theta = rope.Has("rope_theta") ? rope.Double("rope_theta", 0) : fields.Double("rope_theta", architecture.RopeTheta);
        var config = Sizes(fields, architecture.QkvBias, architecture.QkNorm, theta);
        return (config with { MropeSection = rope.Ints("mrope_section"), MropeInterleaved = architecture.MropeInterleaved }).Checked(fields.Where);
    }

    /// <summary>A decoder without a tower: every frequency follows the one position of a token.</summary>
    internal static TextConfig FromTextOnly(JsonFields fields, bool qkvBias, bool qkNorm)
    {
        var rope = fields.ObjectOrNull("rope_parameters", "rope_scaling");
        if ((rope?.Text("rope_type", null) ?? rope?.Text("type", null) ?? "default") is not "default" and var type)
            throw new InvalidDataException($"{fields.Where}: rope type '{type}' is not supported, expected 'default'.");
        var theta = rope is { } parameters && parameters.Has("rope_theta") ? parameters.Double("rope_theta", 0) : fields.Double("rope_theta", 10_000);
        return Sizes(fields, qkvBias, qkNorm, theta).Checked(fields.Where);
    }

    private static TextConfig Sizes(JsonFields fields, bool qkvBias, bool qkNorm, double theta)
    {
        if (fields.Bool("use_sliding_window", false))
            throw new InvalidDataException($"{fields.Where}: use_sliding_window is true; a decoder that sees a sliding window only is not supported.");
        if (fields.Text("hidden_act", "silu") is not "silu" and var act)
            throw new InvalidDataException($"{fields.Where}: hidden_act is '{act}', expected 'silu'.");
        var heads = fields.Size("num_attention_heads");
        var bias = fields.Bool("attention_bias", false);
        var headDim = fields.Int("head_dim", fields.Size("hidden_size") / heads);
        return new TextConfig
        {
            VocabSize = fields.Size("vocab_size"),
            HiddenSize = fields.Size("hidden_size"),
            IntermediateSize = fields.Size("intermediate_size"),
            NumHiddenLayers = fields.Size("num_hidden_layers"),
            NumAttentionHeads = heads,
            NumKeyValueHeads = fields.Int("num_key_value_heads", heads),
            HeadDim = headDim,
            RmsNormEps = fields.Double("rms_norm_eps", 1e-6),
            RopeTheta = theta,
            MropeSection = [headDim / 2, 0, 0],
            AttentionBias = qkvBias || bias,
            OutputBias = !qkvBias && bias,
            QkNorm = qkNorm,
            MaxPositionEmbeddings = fields.Int("max_position_embeddings", 128_000),
            InitializerRange = fields.Double("initializer_range", 0.02),
        };
    }

    private TextConfig Checked(string where)
    {
        if (NumKeyValueHeads < 1 || NumAttentionHeads % NumKeyValueHeads != 0)
            throw new InvalidDataException($"{where}: num_attention_heads {NumAttentionHeads} is not a multiple of num_key_value_heads {NumKeyValueHeads}.");
        if (HeadDim < 2 || HeadDim % 2 != 0) throw new InvalidDataException($"{where}: head_dim {HeadDim} must be even and at least 2.");
        if (MropeSection.Length != 3 || MropeSection.Any(size => size < 0) || MropeSection.Sum() != HeadDim / 2)
            throw new InvalidDataException($"{where}: mrope_section [{string.Join(", ", MropeSection)}] must be three sizes that add up to head_dim / 2 = {HeadDim / 2}.");
        return this;
    }

    internal JsonObject ToJson(string modelType) => JsonSerializer.SerializeToNode(new
    {
        attention_bias = AttentionBias,
        attention_dropout = 0.0,
        dtype = "float32",
        head_dim = HeadDim,
        hidden_act = "silu",
        hidden_size = HiddenSize,
        initializer_range = InitializerRange,
        intermediate_size = IntermediateSize,
        max_position_embeddings = MaxPositionEmbeddings,
        model_type = modelType,
        num_attention_heads = NumAttentionHeads,
        num_hidden_layers = NumHiddenLayers,
        num_key_value_heads = NumKeyValueHeads,
        rms_norm_eps = RmsNormEps,
        rope_parameters = new { mrope_interleaved = MropeInterleaved, mrope_section = MropeSection, rope_theta = RopeTheta, rope_type = "default" },
        use_cache = true,
        vocab_size = VocabSize,
    })!.AsObject();
}
