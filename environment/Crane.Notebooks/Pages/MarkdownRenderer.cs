using System.Net;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Crane.Notebooks.Pages;

/// <summary>A heading for the table of contents.</summary>
internal sealed record Heading(int Level, string Id, string Text);

/// <summary>Markdown of one notebook as HTML that needs nothing from outside: pictures are embedded, formulas become MathML.</summary>
/// <param name="folder">The notebook's folder, from which pictures are taken.</param>
/// <param name="prefix">Goes before the ids of headings, so that several notebooks can share a page.</param>
/// <param name="chapterLink">Gives the address of another notebook of the project, by its name.</param>
internal sealed class MarkdownRenderer(string folder, string prefix, Func<string, string> chapterLink)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseGridTables().UseEmphasisExtras().UseTaskLists().UseFootnotes().UseMathematics().UseAutoLinks().UseGenericAttributes().Build();

    private readonly HashSet<string> ids = [];

    public string ToHtml(string markdown, List<Heading> headings)
    {
        var document = Markdown.Parse(markdown, Pipeline);
        foreach (var heading in document.Descendants<HeadingBlock>())
            headings.Add(Name(heading));
        foreach (var link in document.Descendants<LinkInline>())
            link.Url = link.IsImage ? Embed(link.Url) : Local(link.Url);
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.Replace<HtmlMathInlineRenderer>(new Inline());
        renderer.ObjectRenderers.Replace<HtmlMathBlockRenderer>(new Block());
        renderer.ObjectRenderers.Replace<CodeBlockRenderer>(new Code());
        renderer.Render(document);
        return writer.ToString();
    }

    private Heading Name(HeadingBlock block)
    {
        var text = string.Concat(block.Inline?.Descendants()
            .Select(i => i switch { LiteralInline l => l.Content.ToString(), CodeInline c => c.Content, _ => "" }) ?? []);
        var slug = string.Join('-', new string([.. text.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var id = $"{prefix}{slug}";
        for (var n = 2; !ids.Add(id); n++)
            id = $"{prefix}{slug}-{n}";
        block.GetAttributes().Id = id;
        return new Heading(block.Level, id, text);
    }

    private string? Embed(string? url)
    {
        if (url is null || url.StartsWith("data:", StringComparison.Ordinal))
            return url;
        var path = Path.Combine(folder, Uri.UnescapeDataString(url));
        var type = Path.GetExtension(path).ToLowerInvariant() switch { ".png" => "png", ".jpg" or ".jpeg" => "jpeg", ".svg" => "svg+xml", ".webp" =>
            "webp", ".gif" => "gif", _ => null };
        // A picture on another site would be a request; its alternative text stands instead.
        return type is not null && !url.Contains("://") && File.Exists(path) ? $"data:image/{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}"
            : "data:,";
    }

    private string? Local(string? url) => url is not null && !url.Contains("://") && url.Split('#')[0] is var file
        && file.EndsWith(".ipynb", StringComparison.Ordinal)
        ? chapterLink(Path.GetFileNameWithoutExtension(file))
        : url;

    private sealed class Inline : HtmlObjectRenderer<MathInline>
    {
        protected override void Write(HtmlRenderer renderer, MathInline math) => renderer.Write(TexToMathMl.Convert(math.Content.ToString(), block: false));
    }

    private sealed class Block : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock math) => renderer.Write(TexToMathMl.Convert(math.Lines.ToString(), block: true));
    }

    private sealed class Code : HtmlObjectRenderer<CodeBlock>
    {
        protected override void Write(HtmlRenderer renderer, CodeBlock code)
        {
            var text = code.Lines.ToString();
            var html = code is FencedCodeBlock { Info: "csharp" or "cs" or "c#" } ? CSharpHighlighter.ToHtml(text) : WebUtility.HtmlEncode(text);
            renderer.Write($"<pre class=\"source\"><code>{html}</code></pre>");
        }
    }
}
