namespace Crane.Core.Model.Generation;

/// <summary>How tokens are chosen, with the names and defaults of Hugging Face's <c>generation_config.json</c>.</summary>
public sealed record GenerationConfig
{
    /// <summary>Most tokens to write, at least 1.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Fewest tokens to write: the tokens that end a row are forbidden before; 0: no such rule.</summary>
    public int MinNewTokens { get; init; }

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

    /// <summary>No sequence of so many tokens may occur twice, the prompt's included; 0: no such rule.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>Sequences that beam search keeps open a row; 1: no beam search. Not together with sampling.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>How many of the best sequences beam search returns a row, at most <see cref="NumBeams"/>.</summary>
    public int NumReturnSequences { get; init; } = 1;

    /// <summary>Beam search ranks by the sum of log-probabilities / length to this power: above 0 favours long sequences.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Whether beam search stops a row at <see cref="NumBeams"/> finished sequences; otherwise as soon as no open one can be better.</summary>
    public bool EarlyStopping { get; init; }

    /// <summary>Tokens that end a row.</summary>
    public int[] EosTokenIds { get; init; } = [];

    /// <summary>Fills finished rows and the left of short prompts.</summary>
    public int PadTokenId { get; init; }

    /// <summary>Reads <c>generation_config.json</c> of a checkpoint folder.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A field is of the wrong kind.</exception>
    public static GenerationConfig Load(string folder) => From(JsonFields.ReadFile(Path.Combine(folder, "generation_config.json")));

    internal static GenerationConfig From(JsonFields fields)
    {
        int[] eos = fields.Has("eos_token_id") ? fields.Ints("eos_token_id") : [];
        return new GenerationConfig
        {
            MaxNewTokens = fields.Int("max_new_tokens", 128),
            MinNewTokens = fields.Int("min_new_tokens", 0),
            DoSample = fields.Bool("do_sample", false),
            Temperature = fields.Double("temperature", 1),
            TopK = fields.Int("top_k", 50),
            TopP = fields.Double("top_p", 1),
            MinP = fields.Double("min_p", 0),
            RepetitionPenalty = fields.Double("repetition_penalty", 1),
            NoRepeatNgramSize = fields.Int("no_repeat_ngram_size", 0),
            NumBeams = fields.Int("num_beams", 1),
            NumReturnSequences = fields.Int("num_return_sequences", 1),
            LengthPenalty = fields.Double("length_penalty", 1),
            EarlyStopping = fields.Bool("early_stopping", false),
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
        ArgumentOutOfRangeException.ThrowIfNegative(MinNewTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(NoRepeatNgramSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(NumBeams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(NumReturnSequences, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(NumReturnSequences, NumBeams);
        if (NumBeams > 1 && DoSample)
            throw new ArgumentOutOfRangeException(nameof(NumBeams), NumBeams, "Beam search is deterministic here: set DoSample to false, or NumBeams to 1.");
        return this;
    }
}
