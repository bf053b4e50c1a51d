using Crane.Core.Text;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Sft;

/// <summary>A part of a conversation as its template writes it.</summary>
/// <param name="Ids">Its tokens.</param>
/// <param name="ByAssistant">Whether the assistant says it.</param>
public sealed record SftSegment(int[] Ids, bool ByAssistant);

/// <summary>From texts to rows with labels, and from rows to the rows that are trained on.</summary>
public static class SftData
{
    private static readonly IReadOnlyDictionary<string, Func<int, int, Range>> Kept = new Dictionary<string, Func<int, int, Range>>
    {
        ["keep_start"] = (_, most) => ..most,
        ["keep_end"] = (length, most) => (length - most)..,
    };

    /// <summary>Which end a row keeps (TRL: truncation_mode).</summary>
    public static IEnumerable<string> TruncationModes => Kept.Keys;

    /// <summary>A prompt and what is to follow it. Only the completion is learnt, unless completion_only_loss is false.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="completion">Tokens of the completion, the one that ends it included.</param>
    /// <param name="config">Gives completion_only_loss.</param>
    public static TrainingRow Completion(int[] prompt, int[] completion, SftConfig config) =>
        Row([(prompt, config.CompletionOnlyLoss == false), (completion, true)]);

    /// <summary>A conversation. Every token is learnt; with assistant_only_loss the assistant's.</summary>
    public static TrainingRow Conversation(IEnumerable<SftSegment> segments, SftConfig config) =>
        Row([.. segments.Select(s => (s.Ids, s.ByAssistant || !config.AssistantOnlyLoss))]);

    /// <summary>Turns of a conversation as Qwen's templates write them; what the assistant says, and the end of its turn, is the assistant's.</summary>
    /// <param name="tokenizer">The checkpoint's.</param>
    /// <param name="turns">Role (system, user, assistant) and text; nothing in a text becomes a special token.</param>
    public static IEnumerable<SftSegment> Turns(QwenTokenizer tokenizer, IEnumerable<(string Role, string Text)> turns) =>
        turns.SelectMany(turn => (SftSegment[])
    [
        new([.. tokenizer.Encode("<|im_start|>"), .. tokenizer.EncodeText(turn.Role), .. tokenizer.EncodeText("\n")], false),
        new([.. tokenizer.EncodeText(turn.Text), .. tokenizer.Encode("<|im_end|>")], turn.Role == "assistant"),
        new(tokenizer.EncodeText("\n"), false),
    ]);

    /// <summary>What is trained on: long rows are cut to max_length, rows without a label are left out, and documents are packed where the config says
    /// so.</summary>
    /// <exception cref="ArgumentException">Nothing is left, or a row would be cut inside its picture.</exception>
    public static PreparedRows Prepare(IReadOnlyList<TrainingRow> rows, SftConfig config) => new(rows, config);

    /// <summary>A row of at most max_length tokens; packing that cuts anywhere does so itself.</summary>
    internal static TrainingRow Cut(TrainingRow row, int index, SftConfig config)
    {
        if (config.MaxLength is not { } most || row.Ids.Length <= most || config is { Packing: true, PackingStrategy: Packing.Wrapped }) return row;
        if (row.Picture is not null)
            throw new ArgumentException($"Row {index} has {row.Ids.Length} tokens and a picture; max_length {most} would cut it, perhaps inside the picture. Raise max_length, or set it to null.", nameof(row));
        var kept = Kept[config.TruncationMode](row.Ids.Length, most);
        return new(row.Ids[kept], row.Labels[kept], null);
    }

    private static TrainingRow Row((int[] Ids, bool Learnt)[] parts) =>
        new([.. parts.SelectMany(part => part.Ids)], [.. parts.SelectMany(part => part.Ids.Select(id => part.Learnt ? id : CausalLoss.Ignore))], null);
}
