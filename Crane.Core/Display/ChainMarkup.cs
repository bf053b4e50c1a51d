using System.Text;
using System.Text.RegularExpressions;

namespace Crane.Core.Display;

/// <summary>A completion as HTML: tags as small badges, names coloured by role, sentences that reject a note shaded. Reads broken forms too.</summary>
internal sealed partial class ChainMarkup(string text, IReadOnlyList<(string Text, EntityRole Role)> mentions, IReadOnlyList<string> rejecting)
{
    [GeneratedRegex("</?(?:think|answer)>")] private static partial Regex Tag();

    public string Render()
    {
        var html = new StringBuilder();
        var (from, inAnswer) = (0, false);
        foreach (Match tag in Tag().Matches(text))
        {
            html.Append(Block(from, tag.Index, inAnswer)).Append($"<span class=\"tag\">{Html.Escape(tag.Value)}</span>");
            // One line a block: the think block ends where the answer begins.
            if (tag.Value == "</think>" && text.AsSpan(tag.Index + tag.Length).TrimStart().StartsWith("<answer>")) html.Append('\n');
            (from, inAnswer) = (tag.Index + tag.Length, tag.Value == "<answer>");
        }
        return $"<div class=\"chain\">{html.Append(Block(from, text.Length, inAnswer)).ToString().Trim()}</div>";
    }

    /// <summary>The roles that occur in the text.</summary>
    public IEnumerable<EntityRole> Roles => Named.Select(n => n.Role).Distinct().Order();

    /// <summary>Whether a sentence is shaded.</summary>
    public bool HasDoubt => Doubts.Count > 0;

    private List<(int Start, int End, EntityRole Role)> Named => field ??= Find(mentions, wholeWords: true);

    private List<(int Start, int End, EntityRole Role)> Doubts =>
        field ??= Find([.. rejecting.Select(r => (r.Trim(), EntityRole.Rejected))], wholeWords: false);

    private string Block(int start, int end, bool answer)
    {
        while (start < end && char.IsWhiteSpace(text[start])) start++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        if (start == end) return "";
        var html = new StringBuilder(answer ? " <span class=\"answer\">" : " <span>");
        foreach (var doubt in Doubts.Where(d => d.Start < end && start < d.End))
        {
            var (from, to) = (Math.Max(start, doubt.Start), Math.Min(end, doubt.End));
            html.Append(Marked(start, from)).Append("<span class=\"doubt\">").Append(Marked(from, to)).Append("</span>");
            start = to;
        }
        return html.Append(Marked(start, end)).Append("</span> ").ToString();
    }

    private string Marked(int start, int end)
    {
        var html = new StringBuilder();
        foreach (var name in Named.Where(n => n.Start >= start && n.End <= end))
        {
            html.Append(Html.Escape(text[start..name.Start]));
            html.Append($"<mark class=\"{Words.Of(name.Role)}\" title=\"{Words.Of(name.Role)}\">{Html.Escape(text[name.Start..name.End])}</mark>");
            start = name.End;
        }
        return html.Append(Html.Escape(text[start..end])).ToString();
    }

    /// <summary>Where the strings occur, in order and without overlaps; longer ones first, so that "South Korea" is not found as "Korea".</summary>
    private List<(int Start, int End, EntityRole Role)> Find(IReadOnlyList<(string Text, EntityRole Role)> wanted, bool wholeWords)
    {
        var found = new List<(int Start, int End, EntityRole Role)>();
        foreach (var (word, role) in wanted.Where(w => w.Text.Length > 0).OrderByDescending(w => w.Text.Length))
            for (var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase))
            {
                var end = at + word.Length;
                if (wholeWords && (Inside(at - 1, at) || Inside(end - 1, end))) continue;
                if (!found.Any(f => f.Start < end && at < f.End)) found.Add((at, end, role));
            }
        found.Sort();
        return found;
    }

    private bool Inside(int left, int right) => left >= 0 && right < text.Length && char.IsLetterOrDigit(text[left]) && char.IsLetterOrDigit(text[right]);
}
