namespace Crane.Core.Model.Generation;

/// <summary>How tokens are chosen, with the names and defaults of Hugging Face's <c>generation_config.json</c>.</summary>
public sealed record GenerationConfig
{
    /// <summary>Most tokens to write, at least 1.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>false: always the likeliest token; true: draw by probability.</summary>
    public bool DoSample { get; init; }

    /// <summary>Scores are divided by this before drawing; above 0.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draw among the k best; 0: all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Draw among the likeliest that together reach this probability, in (0, 1]; 1: all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Drop what is less likely than this share of the best, in [0, 1]; 0: nothing.</summary>
    public double MinP { get; init; }

    /// <summary>Scores of tokens seen before are divided (if positive) or multiplied (if negative) by this; 1: no penalty.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Tokens that end a row.</summary>
    public int[] EosTokenIds { get; init; } = [];

    /// <summary>Fills finished rows and the left of short prompts.</summary>
    public int PadTokenId { get; init; }

    /// <summary>Reads <c>generation_config.json</c> of a checkpoint folder.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A field is of the wrong kind.</exception>
    public static GenerationConfig Load(string folder)
    {
        var fields = JsonFields.ReadFile(Path.Combine(folder, "generation_config.json"));
        int[] eos = fields.Has("eos_token_id") ? fields.Ints("eos_token_id") : [];
        return new GenerationConfig
        {
            MaxNewTokens = fields.Int("max_new_tokens", 128),
            DoSample = fields.Bool("do_sample", false),
            Temperature = fields.Double("temperature", 1),
            TopK = fields.Int("top_k", 50),
            TopP = fields.Double("top_p", 1),
            MinP = fields.Double("min_p", 0),
            RepetitionPenalty = fields.Double("repetition_penalty", 1),
            EosTokenIds = eos,
            PadTokenId = fields.Int("pad_token_id", eos.FirstOrDefault()),
        }.Checked();
    }

    /// <summary>This config, or an exception that names the value out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public GenerationConfig Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Temperature);
        ArgumentOutOfRangeException.ThrowIfNegative(TopK);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TopP);
        ArgumentOutOfRangeException.ThrowIfNegative(MinP);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MinP, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(RepetitionPenalty);
        return this;
    }
}
