namespace Crane.Core.Model.Adapters;

/// <summary>What an adapter changes and how, under PEFT's names and with its defaults (<c>peft.LoraConfig</c>, 0.21). Low-rank adaptation: arXiv 2106.09685;
/// rsLoRA: 2312.03732; DoRA: 2402.09353.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank of the change, at least 1.</summary>
    public int R { get; init; } = 8;

    /// <summary>Strength of the change: it is multiplied by this over the rank (over its root with <see cref="UseRslora"/>).</summary>
    public double LoraAlpha { get; init; } = 8;

    /// <summary>Share of an adapted module's inputs that are dropped while training, in [0, 1).</summary>
    public double LoraDropout { get; init; }

    /// <summary>Modules that get a low-rank change. Paths are Hugging Face's, for example <c>model.language_model.layers.0.self_attn.q_proj</c>.
    /// Default: queries and values, as PEFT has it for the family.</summary>
    public ModuleNames TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>Modules that get none even where <see cref="TargetModules"/> name them; null: no exception.</summary>
    public ModuleNames? ExcludeModules { get; init; }

    /// <summary>Biases that are learnt: <c>none</c>, <c>lora_only</c> (of the adapted modules) or <c>all</c>.</summary>
    public string Bias { get; init; } = "none";

    /// <summary>Whether alpha is divided by the root of the rank rather than by the rank.</summary>
    public bool UseRslora { get; init; }

    /// <summary>Whether the norm of each output row is learnt apart from its direction.</summary>
    public bool UseDora { get; init; }

    /// <summary>Modules learnt in full: every path that ends in one of these.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>How A and B begin: <c>true</c> (A uniform in ±1/√in, B zero: no change at first), <c>false</c> (B likewise random) or <c>gaussian</c> (A
    /// normal with deviation 1/rank).</summary>
    public string InitLoraWeights { get; init; } = "true";

    /// <summary>Numbers of the layers that are adapted; null: all.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Names of the lists that these layers stand in, for example <c>layers</c>; empty: any.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Other ranks for the modules whose path ends in a match of the key; the first match counts.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Other alphas, likewise.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>What the model is used for.</summary>
    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>The base that the adapter was made for, a note for the reader.</summary>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>α / r, with rsLoRA α / √r.</summary>
    /// <param name="path">The module's path, for the patterns.</param>
    public double ScalingOf(string path) => (LoraTargets.FirstMatch(AlphaPattern, path) ?? LoraAlpha) / (UseRslora ? Math.Sqrt(RankOf(path)) : RankOf(path));

    /// <summary>The rank at a module.</summary>
    public int RankOf(string path) => LoraTargets.FirstMatch(RankPattern, path) ?? R;

    /// <summary>This config, if its values can be.</summary>
    /// <exception cref="ArgumentException">A value lies outside its range, or is not known; named as in the file.</exception>
    internal LoraConfig Checked()
    {
        if (R < 1 || RankPattern.Any(pair => pair.Value < 1))
            throw new ArgumentException($"r is {R} and rank_pattern [{string.Join(", ", RankPattern)}]; ranks are at least 1.");
        if (LoraDropout is not (>= 0 and < 1)) throw new ArgumentException($"lora_dropout is {LoraDropout}, expected at least 0 and less than 1.");
        if (Bias is not ("none" or "lora_only" or "all")) throw new ArgumentException($"bias is '{Bias}', expected none, lora_only or all.");
        if (InitLoraWeights is not ("true" or "false" or "gaussian"))
            throw new ArgumentException($"init_lora_weights is '{InitLoraWeights}', expected true, false or gaussian; others change the base's weights, which this kit never does.");
        return this;
    }
}
