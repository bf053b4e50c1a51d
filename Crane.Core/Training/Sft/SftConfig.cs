namespace Crane.Core.Training.Sft;

/// <summary>Settings of supervised fine-tuning, with the names, defaults and meanings of TRL 1.16's <c>SFTConfig</c>.</summary>
public sealed record SftConfig : TrainingConfig
{
    /// <inheritdoc/>
    public override double LearningRate { get; init; } = 2e-5;

    /// <summary>Most tokens of a row; longer ones are cut. Length of a packed row. null: no limit.</summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary>Which end of a long row is kept: one of <see cref="SftData.TruncationModes"/>.</summary>
    public string TruncationMode { get; init; } = "keep_start";

    /// <summary>Whether rows are shuffled once before they are cut and packed; every epoch shuffles what results in any case.</summary>
    public bool ShuffleDataset { get; init; }

    /// <summary>Whether several documents share a row of <see cref="MaxLength"/> tokens.</summary>
    public bool Packing { get; init; }

    /// <summary>One of <see cref="Sft.Packing.Strategies"/>.</summary>
    public string PackingStrategy { get; init; } = "bfd";

    /// <summary>Whether a batch is one row of documents behind each other, without padding, none of which sees another. <c>bfd</c> packing always
    /// does.</summary>
    public bool PaddingFree { get; init; }

    /// <summary>Whether the rows of a step are sorted by length before they are dealt into its micro batches: the step learns from the same rows with less
    /// padding.
    /// Not in TRL; <c>group_by_length</c> of Hugging Face changes which rows share a step.</summary>
    public bool SortInStep { get; init; }

    /// <summary>Whether only completions are learnt; null: where a row has a prompt and a completion (see <see cref="SftData"/>).</summary>
    public bool? CompletionOnlyLoss { get; init; }

    /// <summary>Whether only the assistant's words of a conversation are learnt.</summary>
    public bool AssistantOnlyLoss { get; init; }

    /// <summary>One of <see cref="SftLoss.Types"/>.</summary>
    public string LossType { get; init; } = "nll";

    /// <summary>Share of the target that is spread over the whole vocabulary, in [0, 1).</summary>
    public double LabelSmoothingFactor { get; init; }

    /// <summary>Whether documents lie behind each other.</summary>
    internal bool IsPaddingFree => PaddingFree || Packing && PackingStrategy != Sft.Packing.Wrapped;

    /// <summary>This config, or an exception.</summary>
    /// <exception cref="ArgumentException">A value is out of range, or two contradict each other; both are named with their values.</exception>
    public SftConfig Checked()
    {
        CheckShared();
        OneOf(SftData.TruncationModes, TruncationMode, "truncation_mode");
        OneOf(Sft.Packing.Strategies, PackingStrategy, "packing_strategy");
        OneOf(SftLoss.Types, LossType, "loss_type");
        if (MaxLength is { } length) AtLeast(1, length, "max_length");
        Within(0, 1 - double.Epsilon, LabelSmoothingFactor, "label_smoothing_factor");
        if (LabelSmoothingFactor == 1) throw new ArgumentException("label_smoothing_factor is 1, so no label would count; it must be below 1.");
        if (Packing && MaxLength is null)
            throw new ArgumentException("packing is true and max_length is null: packed rows need a length. Give max_length, or set packing to false.");
        if (LabelSmoothingFactor > 0 && LossType != "nll") throw new ArgumentException($"label_smoothing_factor ({LabelSmoothingFactor}) smooths the loss 'nll' only, and loss_type is '{LossType}'. Set one of them back.");
        return this;
    }
}
