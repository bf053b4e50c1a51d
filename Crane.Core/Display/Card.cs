using Crane.Core.Vision;

namespace Crane.Core.Display;

/// <summary>A thing with a name, perhaps a picture, and facts about it, as a box.</summary>
/// <param name="kind">What it is, in a word or two.</param>
/// <param name="id">Its name.</param>
/// <param name="picture">Shown to the left, or null.</param>
internal sealed class Card(string kind, string id, Picture? picture)
{
    private const int PictureWidth = 128;
    private readonly List<(string Name, string Text, string Html)> facts = [];
    private readonly List<(string Text, string Html)> badges = [];

    /// <summary>Adds a line; nothing where the value is null or empty.</summary>
    public Card With(string name, string? value) => string.IsNullOrEmpty(value) ? this : With(name, value, Display.Html.Escape(value));

    /// <summary>Adds a line whose HTML is made already.</summary>
    public Card With(string name, string text, string html)
    {
        facts.Add((name, text, html));
        return this;
    }

    /// <summary>Adds a word beside the name.</summary>
    /// <param name="text">The word.</param>
    /// <param name="good">Coloured as good or bad, or not at all.</param>
    public Card Badge(string text, bool? good = null)
    {
        var mark = good switch { true => "✓ ", false => "✗ ", null => "" };
        badges.Add((mark + text,
            $"<span class=\"badge {good switch { true => "good", false => "bad", null => "plain" }}\">{mark}{Display.Html.Escape(text)}</span>"));
        return this;
    }

    public View View()
    {
        var lines = facts.Select(f => $"  {f.Name}: {f.Text.ReplaceLineEndings(" ")}");
        var head = string.Join(" · ", badges.Select(b => b.Text).Prepend($"{kind} {id}"));
        var image = picture is null ? "" : $"<div>{Display.Html.Image(PictureFile.ToPng(Raster.Enlarge(picture, Raster.Factor(picture.Width, PictureWidth))), $"picture {Show.Size(picture)}", PictureWidth)}</div>";
        return new View(string.Join('\n', lines.Prepend(head)), Display.Html.Wrap(
            $"<div class=\"card\">{image}<div><div class=\"head\"><b>{Display.Html.Escape(kind)}</b><code>{Display.Html.Escape(id)}</code>{string.Concat(badges.Select(b => b.Html))}</div>" +
            $"<dl>{string.Concat(facts.Select(f => $"<dt>{Display.Html.Escape(f.Name)}</dt><dd>{f.Html}</dd>"))}</dl></div></div>"));
    }
}
