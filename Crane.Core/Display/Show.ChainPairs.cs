using Crane.Core.Text;

namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>Two completions of each question side by side, for example before and after a training.</summary>
    /// <param name="pairs">Question and picture are taken from the first of each pair.</param>
    /// <param name="first">Heading of the first.</param>
    /// <param name="second">Heading of the second.</param>
    public static View ChainPairs(IEnumerable<(ChainRow First, ChainRow Second)> pairs, string first = "before", string second = "after")
    {
        var all = pairs.Select(pair => (Row: pair.First, First: new PairSide(pair.First), Second: new PairSide(pair.Second))).ToList();
        var body = string.Concat(all.Select(pair =>
            $"<tr><td>{PictureCell(pair.Row)}{Html.Escape(pair.Row.Question)}</td><td>{pair.First.Html}</td><td>{pair.Second.Html}</td></tr>"));
        var markups = all.SelectMany(pair => new[] { pair.First.Markup, pair.Second.Markup }).ToList();
        var html = $"<table><thead><tr><th>question</th><th>{Html.Escape(first)}</th><th>{Html.Escape(second)}</th></tr></thead><tbody>{body}</tbody></table>"
            + Legend(markups.SelectMany(m => m.Roles).Distinct().Order(), markups.Any(m => m.HasDoubt));
        var text = TableText.Markdown(["question", first, second], [false, false, false],
            all.Select(pair => new[] { pair.Row.Question, pair.First.Text, pair.Second.Text }));
        return new View(text, Html.Wrap(html));
    }

    /// <summary>A completion with what was judged of it, in one cell.</summary>
    private sealed class PairSide(ChainRow row)
    {
        private readonly Reasoning form = ReasoningParser.Parse(row.Completion, row.EndedByEos);

        public ChainMarkup Markup { get; } = new(row.Completion, row.Mentions, row.Rejecting);

        public string Html => $"{Markup.Render()}<div style=\"margin-top:.4em\">{FormBadge(form)}{Verdicts(row)}</div>";

        public string Text =>
            $"{row.Completion} ({string.Join("; ", row.Verdicts.Select(v => $"{v.Name} {(v.Holds ? "yes" : "no")}").Prepend(Judgement(form)))})";
    }
}
