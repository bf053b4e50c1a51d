using Crane.Core.Text;

namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>What a reasoning model wrote: its chain of thought, its answer, and whether the form is valid.</summary>
    /// <param name="completion">The new text alone, without the token that ends it; its form may be broken.</param>
    /// <param name="mentions">Names to colour (whole words, upper and lower case alike), each with its role.</param>
    /// <param name="rejecting">Sentences of the chain that reject a note, as they stand in it; they are shaded.</param>
    /// <param name="endedByEos">Whether the model ended the completion itself; false where the limit of tokens did.</param>
    /// <param name="promptOpensThink">Whether the prompt ended in <c>&lt;think&gt;</c>, so that the completion begins inside the block.</param>
    public static View Chain(string completion, IReadOnlyList<(string Text, EntityRole Role)>? mentions = null, IReadOnlyList<string>? rejecting = null,
        bool endedByEos = true, bool promptOpensThink = false)
    {
        var reasoning = ReasoningParser.Parse(completion, endedByEos, promptOpensThink);
        var markup = new ChainMarkup(completion, mentions ?? [], rejecting ?? []);
        return new View($"{completion}\n({Judgement(reasoning)})",
            Html.Wrap($"<div class=\"head\">{FormBadge(reasoning)}</div>{markup.Render()}{Legend(markup.Roles, markup.HasDoubt)}"));
    }

    /// <summary>Questions, pictures, chains and verdicts as a table.</summary>
    /// <param name="rows">One for each completion.</param>
    /// <param name="of">What <see cref="ChainRow.Question"/> holds, for the heading.</param>
    public static View Chains(IEnumerable<ChainRow> rows, string of = "question")
    {
        ChainRow[] all = [.. rows];
        var markups = all.Select(r => new ChainMarkup(r.Completion, r.Mentions, r.Rejecting)).ToArray();
        var forms = all.Select(r => ReasoningParser.Parse(r.Completion, r.EndedByEos)).ToArray();
        var body = string.Concat(all.Select((row, i) =>
            $"<tr><td>{PictureCell(row)}{Html.Escape(row.Question)}</td><td>{markups[i].Render()}</td><td>{FormBadge(forms[i])}{Verdicts(row)}</td></tr>"));
        var html = $"<table><thead><tr><th>{Html.Escape(of)}</th><th>chain</th><th>verdicts</th></tr></thead><tbody>{body}</tbody></table>" +
            Legend(markups.SelectMany(m => m.Roles).Distinct().Order(), markups.Any(m => m.HasDoubt));
        var text = TableText.Markdown([of, "chain", "verdicts"], [false, false, false], all.Select((row, i) =>
            new[] { row.Question, row.Completion,
                string.Join("; ", row.Verdicts.Select(v => $"{v.Name} {(v.Holds ? "yes" : "no")}").Prepend(Judgement(forms[i]))) }));
        return new View(text, Html.Wrap(html));
    }

    private static string Judgement(Reasoning reasoning) => reasoning.IsValid ? "valid form" : $"broken form: {reasoning.Explanation}";

    private static string FormBadge(Reasoning reasoning) =>
        $"<span class=\"badge {(reasoning.IsValid ? "good" : "bad")}\">{(reasoning.IsValid ? "✓ " : "✗ ")}{Html.Escape(Judgement(reasoning))}</span>";

    private static string Verdicts(ChainRow row) =>
        string.Concat(row.Verdicts.Select(v =>
            $"<div style=\"margin-top:.3em\"><span class=\"badge {(v.Holds ? "good" : "bad")}\">{(v.Holds ? "✓ " : "✗ ")}{Html.Escape(v.Name)}</span></div>"));

    private static string PictureCell(ChainRow row) => row.Picture is not { } picture ? "" :
        $"<div style=\"margin-bottom:.4em\">{Html.Image(Vision.PictureFile.ToPng(ForCell(picture, 128)), $"picture {Size(picture)}", 128)}</div>";

    private static string Legend(IEnumerable<EntityRole> roles, bool doubt)
    {
        var entries = roles.Select(r => $"<span><mark class=\"{Words.Of(r)}\">{Words.Of(r)}</mark></span>");
        if (doubt) entries = entries.Append("<span><span class=\"doubt\">sentence that rejects a note</span></span>");
        var html = string.Concat(entries);
        return html.Length == 0 ? "" : $"<div class=\"legend\">{html}</div>";
    }
}
