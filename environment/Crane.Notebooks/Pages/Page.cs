using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crane.Notebooks.Files;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Pages;

/// <summary>Self-contained pages: no request leaves them, and the browser is told to refuse any.</summary>
internal static class Page
{
    private const string Policy = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:";

    /// <summary>The page of one notebook.</summary>
    public static string Of(ChapterResult result, IReadOnlyList<(string Name, string Value)> provenance)
    {
        var chapter = Chapter(result, prefix: "", name => name + ".html");
        var facts = Facts([.. provenance, ("wall time", RunLog.Duration(result.Duration.TotalSeconds))]);
        return Whole(result.Notebook.Title, Contents(chapter.Headings), $"{chapter.Html}<footer>{facts}</footer>", chapter.UsesPlotly);
    }

    /// <summary>The report: what ran, and all chapters one below the other.</summary>
    public static string Report(IReadOnlyList<ChapterResult> results, IReadOnlyList<(string Path, string Reason)> refused,
        IReadOnlyList<(string Name, string Value)> provenance)
    {
        var chapters = results.Select(r => Chapter(r, r.Notebook.Name + "--", name => results.Any(o => o.Notebook.Name == name) ? "#" + name
            : name + ".ipynb")).ToArray();
        var rows = string.Concat(results.Select(r => $"<tr><td><a href=\"#{r.Notebook.Name}\">{WebUtility.HtmlEncode(r.Notebook.Title)}</a></td>" +
                $"<td>{(r.Failure is { } f ? $"<b class=\"failed\">failed at cell {f.Number}</b>: {WebUtility.HtmlEncode(f.Error.Name)}{(r.NotRun > 0 ? $"; {r.NotRun} not run" : "")}" : "ran")}</td><td class=\"number\">{r.Notebook.CodeCells.Count()}</td>" +
                $"<td class=\"number\">{RunLog.Duration(r.Duration.TotalSeconds)}</td></tr>"))
            + string.Concat(refused.Select(r => $"<tr><td>{WebUtility.HtmlEncode(Path.GetFileName(r.Path))}</td><td><b class=\"failed\">not run</b>: {WebUtility.HtmlEncode(r.Reason)}</td><td></td><td></td></tr>"));
        var total = RunLog.Duration(results.Sum(r => r.Duration.TotalSeconds));
        var body = $"<section class=\"summary\"><h1>Crane: report</h1>{Facts([.. provenance, ("wall time", total)])}" +
            $"<table><thead><tr><th>chapter</th><th>outcome</th><th class=\"number\">cells</th><th class=\"number\">time</th></tr></thead><tbody>{rows}</tbody></table></section>" +
            string.Concat(results.Zip(chapters, (r, c) => $"<section class=\"chapter\" id=\"{r.Notebook.Name}\">{c.Html}</section>"));
        var contents = string.Concat(results.Zip(chapters, (r, c) =>
            $"<a class=\"l1\" href=\"#{r.Notebook.Name}\">{WebUtility.HtmlEncode(r.Notebook.Title)}</a>" +
            Contents([.. c.Headings.Where(h => h.Level > 1)])));
        return Whole("Crane: report", contents, body, chapters.Any(c => c.UsesPlotly));
    }

    private static (string Html, List<Heading> Headings, bool UsesPlotly) Chapter(ChapterResult result, string prefix, Func<string, string> chapterLink)
    {
        var markdown = new MarkdownRenderer(result.Notebook.Folder, prefix, chapterLink);
        var outputs = new OutputRenderer(markdown);
        var (html, headings, notRun) = (new StringBuilder(), new List<Heading>(), false);
        foreach (var cell in result.Notebook.Cells)
            if (cell.IsMarkdown)
                html.Append($"<div class=\"cell markdown\">{markdown.ToHtml(cell.Source, headings)}</div>");
            else if (cell.IsCode)
            {
                html.Append(CodeCell(cell, outputs, notRun));
                notRun |= cell == result.Failure?.Cell;
            }
        return (html.ToString(), headings, outputs.UsesPlotly);
    }

    private static string CodeCell(NotebookCell cell, OutputRenderer outputs, bool notRun)
    {
        var shown = notRun ? "<div class=\"output notrun\">not run</div>"
            : string.Concat(cell.Outputs.OfType<JsonObject>().Select(o => $"<div class=\"output\">{outputs.ToHtml(o)}</div>"));
        var first = WebUtility.HtmlEncode(cell.Source.Split('\n')[0]);
        return $"<div class=\"cell code\"><details open><summary><span>{first}</span></summary>" +
            $"<pre class=\"source\"><code>{CSharpHighlighter.ToHtml(cell.Source.TrimEnd())}</code></pre></details>{shown}</div>";
    }

    private static string Contents(IReadOnlyList<Heading> headings) =>
        string.Concat(headings.Where(h => h.Level <= 3).Select(h => $"<a class=\"l{h.Level}\" href=\"#{h.Id}\">{WebUtility.HtmlEncode(h.Text)}</a>"));

    private static string Facts(IReadOnlyList<(string Name, string Value)> facts) =>
        $"<dl class=\"provenance\">{string.Concat(facts.Select(f => $"<div><dt>{WebUtility.HtmlEncode(f.Name)}</dt><dd>{WebUtility.HtmlEncode(f.Value)}</dd></div>"))}</dl>";

    private static string Whole(string title, string contents, string body, bool usesPlotly) => $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{{Policy}}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>{{WebUtility.HtmlEncode(title)}}</title>
        <style>{{Resource(typeof(Page), "page.css")}}</style>
        </head>
        <body>
        <nav><div class="tools"><button id="theme" type="button" title="Light or dark">◐</button><button id="fold" type="button">Hide code</button></div>{{contents}}</nav>
        <main>{{body}}</main>
        <dialog id="zoom"></dialog>
        {{(usesPlotly ? $"<script>{PlotlyScript()}</script>" : "")}}
        <script>{{Resource(typeof(Page), "page.js")}}</script>
        </body>
        </html>

        """;

    internal static string PlotlyScript()
    {
        var assembly = typeof(Plotly.NET.GenericChart).Assembly;
        var name = assembly.GetManifestResourceNames().First(n => n.Contains("plotly-", StringComparison.Ordinal)
            && n.EndsWith(".min.js", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Replace("</script", "<\\/script");
    }

    private static string Resource(Type beside, string name)
    {
        using var reader = new StreamReader(beside.Assembly.GetManifestResourceStream(beside, name)!);
        return reader.ReadToEnd();
    }
}
