using System.Text;
using Crane.Core.Text.Jinja;

namespace Crane.Core.Text;

/// <summary>
/// Keeps the text of messages from becoming special tokens. Before a template runs, a mark that occurs nowhere in the messages is put after each of their
/// characters that begins an added token, so that none can be found there, not even one put together from two parts; it is taken out again after the
/// prompt was cut at the added tokens that the template wrote.
/// </summary>
internal sealed class TextShield
{
    private static readonly string[] AssistantTags = ["<think>", "</think>", "<answer>", "</answer>"];
    private readonly HashSet<char> begins;

    private TextShield(char mark, HashSet<char> begins) => (Mark, this.begins) = (mark, begins);

    /// <summary>Stands in no text of the messages.</summary>
    public char Mark { get; }

    public static TextShield For(QwenTokenizer tokenizer, IEnumerable<object?> values)
    {
        var used = new HashSet<char>();
        foreach (var value in values) JinjaValues.MapText(value, text => { used.UnionWith(text); return text; });
        // The 32 noncharacters are reserved for internal use; after them any private character will do.
        var mark = Enumerable.Range(0xFDD0, 32).Concat(Enumerable.Range(0xE000, 0x1900)).Select(c => (char)c).First(c => !used.Contains(c));
        return new(mark, [.. tokenizer.AddedTokens.Select(token => token.Text[0])]);
    }

    /// <summary>A value with every text covered.</summary>
    public object? Cover(object? value) => JinjaValues.MapText(value, text => Cover(text, []));

    /// <summary>A message with every text covered; an assistant's text may think and answer.</summary>
    public object? CoverMessage(object? message)
    {
        if (message is not JinjaDict dict || dict.GetValueOrDefault("role") is not "assistant") return Cover(message);
        return JinjaValues.DictOf(dict.Select(field =>
            (field.Key, field.Key is "content" ? JinjaValues.MapText(field.Value, text => Cover(text, AssistantTags)) : Cover(field.Value))));
    }

    private string Cover(string text, string[] allowed)
    {
        var covered = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            covered.Append(text[i]);
            if (begins.Contains(text[i]) && !Array.Exists(allowed, tag => string.CompareOrdinal(text, i, tag, 0, tag.Length) == 0)) covered.Append(Mark);
        }
        return covered.ToString();
    }
}
