using System.Globalization;
using System.Text;

namespace Crane.Core.Text;

/// <summary>Splits what a reasoning model wrote into its chain of thought and its answer, and judges the form. Tags are matched exactly, as the
/// tokens are.</summary>
public static class ReasoningParser
{
    private static readonly string[] Tags = ["<think>", "</think>", "<answer>", "</answer>"];

    private enum Place { Start, InThink, Between, InAnswer, End }

    /// <summary>Takes a completion apart.</summary>
    /// <param name="completion">The new text alone, without the token that ends it.</param>
    /// <param name="endedByEos">Whether the model ended it itself; false where the limit of tokens did.</param>
    /// <param name="promptOpensThink">Whether the chat template wrote <c>&lt;think&gt;</c> at the end of the prompt, so that the completion begins
    /// inside the block.</param>
    public static Reasoning Parse(string completion, bool endedByEos, bool promptOpensThink = false)
    {
        var text = promptOpensThink ? "<think>" + completion : completion;
        var (defect, explanation) = endedByEos ? Judge(text)
            : (ReasoningDefect.CutOff, $"The completion was cut off {Where(text)}; raise the limit of new tokens, or the model does not end.");
        return new(Block(text, "<think>", "</think>", "<answer>"), Block(text, "<answer>", "</answer>", "<think>"), defect, explanation);
    }

    /// <summary>Takes generated tokens apart: they end at the first end-of-sequence id; padding after it is not read. Special tokens inside count as
    /// text.</summary>
    /// <param name="tokenizer">Must name its end of sequence.</param>
    /// <param name="completionIds">The new tokens, [length].</param>
    /// <param name="promptOpensThink">Whether the prompt ended in <c>&lt;think&gt;</c>.</param>
    /// <exception cref="ArgumentException">The tokenizer has no end of sequence.</exception>
    public static Reasoning Parse(QwenTokenizer tokenizer, ReadOnlySpan<int> completionIds, bool promptOpensThink = false)
    {
        var eos = tokenizer.EosId
            ?? throw new ArgumentException("The tokenizer names no end of sequence (eos_token in tokenizer_config.json).", nameof(tokenizer));
        var end = completionIds.IndexOf(eos);
        return Parse(tokenizer.Decode(end < 0 ? completionIds : completionIds[..end]), endedByEos: end >= 0, promptOpensThink);
    }

    private static (ReasoningDefect, string) Judge(string text)
    {
        var (place, from) = (Place.Start, 0);
        foreach (var (tag, at) in TagsIn(text))
        {
            var before = text.AsSpan(from, at - from);
            if (StrayIn(place, before) is { } stray) return stray;
            if (WrongTag(place, tag, at) is { } wrong) return wrong;
            if (place is Place.InThink && IsBlank(before)) return (ReasoningDefect.EmptyThink, $"The think block at character {at} shows nothing.");
            if (place is Place.InAnswer && IsBlank(before)) return (ReasoningDefect.EmptyAnswer, $"The answer block at character {at} shows nothing.");
            (place, from) = (place + 1, at + tag.Length);
        }
        return AtEnd(place, text.AsSpan(from));
    }

    // The only order that is valid is Start <think> InThink </think> Between <answer> InAnswer </answer> End.
    private static (ReasoningDefect, string)? WrongTag(Place place, string tag, int at) => (place, tag) switch
    {
        (Place.Start, "<think>") or (Place.InThink, "</think>") or (Place.Between, "<answer>") or (Place.InAnswer, "</answer>") => null,
        (Place.InThink or Place.InAnswer, "<think>" or "<answer>") => (ReasoningDefect.Nested, $"{tag} at character {at} stands inside another block."),
        (Place.Start, "<answer>") => (ReasoningDefect.AnswerBeforeThink, $"<answer> at character {at} comes before any think block."),
        (Place.Between or Place.End, "<think>") => (ReasoningDefect.RepeatedThink, $"<think> at character {at} opens a second think block."),
        (Place.End, "<answer>") => (ReasoningDefect.RepeatedAnswer, $"<answer> at character {at} opens a second answer block."),
        (_, "</think>") => (ReasoningDefect.UnopenedThink, $"</think> at character {at} closes a block that is not open."),
        _ => (ReasoningDefect.UnopenedAnswer, $"</answer> at character {at} closes a block that is not open."),
    };

    private static (ReasoningDefect, string)? StrayIn(Place place, ReadOnlySpan<char> text) =>
        place is Place.InThink or Place.InAnswer || text.IsWhiteSpace() ? null
            : (ReasoningDefect.StrayText, $"\"{Short(text.Trim())}\" stands {Outside(place)}.");

    private static (ReasoningDefect, string) AtEnd(Place place, ReadOnlySpan<char> rest) => place switch
    {
        Place.Start => (ReasoningDefect.MissingThink, "There is no think block."),
        Place.InThink => (ReasoningDefect.UnclosedThink, "The think block is not closed."),
        Place.Between => StrayIn(place, rest) is { } stray ? (ReasoningDefect.MissingAnswer, stray.Item2 + " It should stand in <answer>…</answer>.")
            : (ReasoningDefect.MissingAnswer, "There is no answer block after the think block."),
        Place.InAnswer => (ReasoningDefect.UnclosedAnswer, "The answer block is not closed."),
        _ => StrayIn(place, rest) ?? (ReasoningDefect.None, ""),
    };

    private static IEnumerable<(string Tag, int At)> TagsIn(string text)
    {
        for (var at = text.IndexOf('<'); at >= 0; at = text.IndexOf('<', at + 1))
            if (Array.Find(Tags, tag => string.CompareOrdinal(text, at, tag, 0, tag.Length) == 0) is { } found) yield return (found, at);
    }

    private static string? Block(string text, string open, string close, string other)
    {
        var start = text.IndexOf(open, StringComparison.Ordinal);
        if (start < 0) return null;
        start += open.Length;
        var ends = new[] { close, other }.Select(tag => text.IndexOf(tag, start, StringComparison.Ordinal)).Where(at => at >= 0);
        return text[start..ends.DefaultIfEmpty(text.Length).Min()].Trim();
    }

    // Zero-width and control characters would let a model "think" without writing anything that a reader sees.
    private static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (!Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format)) return false;
        return true;
    }

    private static string Where(string text) => TagsIn(text).LastOrDefault().Tag switch
    {
        "<think>" => "inside the think block",
        "</think>" => "after the think block",
        "<answer>" => "inside the answer block",
        "</answer>" => "after the answer block",
        _ => "before any block",
    };

    private static string Outside(Place place) => place switch
    {
        Place.Start => "before the think block",
        Place.Between => "between think and answer",
        _ => "after the answer block",
    };

    private static string Short(ReadOnlySpan<char> text) => text.Length <= 40 ? text.ToString() : string.Concat(text[..37], "...");
}
