namespace Crane.Core.Model;

/// <summary><c>config.json</c> of a decoder without a vision tower.</summary>
public sealed record TextModelConfig
{
    /// <summary>What an architecture fixes in code: whether q, k and v always have biases, whether queries and keys are normalised a head.</summary>
    private static readonly IReadOnlyDictionary<string, (bool QkvBias, bool QkNorm)> Architectures = new Dictionary<string, (bool QkvBias, bool QkNorm)>
    {
        ["qwen2"] = (true, false),
        ["qwen3"] = (false, true),
    };

    /// <summary>Hugging Face's <c>model_type</c>: qwen2 or qwen3.</summary>
    public required string ModelType { get; init; }

    /// <summary>The decoder.</summary>
    public required TextConfig Text { get; init; }

    /// <summary>Whether the output head is the token embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Reads <c>config.json</c> of a checkpoint folder, or the file itself.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">Another architecture, a missing field, or sizes that contradict each other.</exception>
    public static TextModelConfig Load(string folderOrFile)
    {
        var path = Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, "config.json") : folderOrFile;
        var fields = JsonFields.ReadFile(path);
        if (fields.Text("model_type", null) is not { } type || !Architectures.TryGetValue(type, out var row))
            throw new InvalidDataException($"{path}: model_type is '{fields.Text("model_type", "absent")}', expected {string.Join(" or ", Architectures.Keys.Select(key => $"'{key}'"))}. "
                + "Models that see pictures are loaded with Checkpoint.Load.");
        return new() { ModelType = type, Text = TextConfig.FromTextOnly(fields, row.QkvBias, row.QkNorm),
            TieWordEmbeddings = fields.Bool("tie_word_embeddings", false) };
    }
}
