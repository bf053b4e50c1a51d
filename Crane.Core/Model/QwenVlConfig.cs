using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crane.Core.Model;

/// <summary>A Qwen-VL checkpoint's <c>config.json</c>. Reads the layouts of the published files (rope_theta beside rope_scaling) and of
/// transformers 5 (rope_parameters), flat or nested; writes the latter, which both read.</summary>
public sealed record QwenVlConfig
{
    private static readonly JsonSerializerOptions Layout =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>Which of the family it is; the tower's config says so.</summary>
    public Architecture Architecture => Vision.Architecture;

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
        var type = fields.Text("model_type", null);
        var architecture = Architecture.Of(type) ?? throw new InvalidDataException($"{path}: model_type is '{type ?? "absent"}', expected "
            + $"{string.Join(" or ", Architecture.All.Select(row => $"'{row.ModelType}'"))}. Other architectures cannot be loaded.");
        var config = new QwenVlConfig
        {
            Text = TextConfig.From(fields.ObjectOrNull("text_config") ?? fields, architecture),   // published Qwen2.5-VL files are flat
            Vision = architecture.ReadVision(fields.Object("vision_config")),
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
        if (Vision.DeepStackLayers > Text.NumHiddenLayers)
            throw new InvalidDataException($"{path}: {Vision.DeepStackLayers} deepstack outputs need as many decoder layers, found {Text.NumHiddenLayers}.");
        foreach (var (name, id) in new[] { ("image_token_id", ImageTokenId), ("video_token_id", VideoTokenId), ("vision_start_token_id", VisionStartTokenId),
            ("vision_end_token_id", VisionEndTokenId) })
            if (id < 0 || id >= Text.VocabSize) throw new InvalidDataException($"{path}: {name} {id} lies outside the vocabulary of {Text.VocabSize}.");
        return this;
    }

    /// <summary>The file as transformers 5 writes it.</summary>
    public string ToJson() => JsonSerializer.Serialize(new
    {
        architectures = (string[])[Architecture.ClassName],
        dtype = "float32",
        image_token_id = ImageTokenId,
        model_type = Architecture.ModelType,
        text_config = Text.ToJson(Architecture.ModelType + "_text"),
        tie_word_embeddings = TieWordEmbeddings,
        video_token_id = VideoTokenId,
        vision_config = Vision.ToJson(),
        vision_end_token_id = VisionEndTokenId,
        vision_start_token_id = VisionStartTokenId,
    }, Layout) + "\n";
}
