using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Pages;

/// <summary>Outputs of cells as HTML: the richest form that a page can show on its own.</summary>
internal sealed partial class OutputRenderer(MarkdownRenderer markdown)
{
    private readonly HashSet<string> styles = [];

    /// <summary>True when a figure was met that needs plotly.js.</summary>
    public bool UsesPlotly { get; private set; }

    public string ToHtml(JsonObject output) => (string?)output["output_type"] switch
    {
        "stream" => $"<pre class=\"stream {((string?)output["name"] == "stderr" ? "stderr" : "stdout")}\">{Escaped(Lines.Join(output["text"]))}</pre>",
        "error" => $"<pre class=\"error\">{Escaped(string.Join('\n', output["traceback"]?.AsArray().Select(t => Ansi().Replace((string?)t ?? "", "")) ?? []))}</pre>",
        _ => output["data"] is JsonObject data ? Rich(data) : "",
    };

    private string Rich(JsonObject data)
    {
        if (data["application/vnd.plotly.v1+json"] is { } figure)
            return Plotly(figure, data["image/png"]);
        if (data["text/html"] is { } html)
            return $"<div class=\"html\">{OneStyleEach(Lines.Join(html))}</div>";
        if (data["image/svg+xml"] is { } svg)
            return $"<div class=\"html\"><img class=\"zoom\" alt=\"\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Lines.Join(svg)))}\"></div>";
        foreach (var type in (string[])["image/png", "image/jpeg"])
            if (data[type] is { } picture)
                return Image(type, Lines.Join(picture), Lines.Join(data["text/plain"]));
        if (data["text/markdown"] is { } text)
            return $"<div class=\"markdown\">{markdown.ToHtml(Lines.Join(text), [])}</div>";
        return $"<pre class=\"plain\">{Escaped(Lines.Join(data["text/plain"]))}</pre>";
    }

    // JsonNode escapes every '<', so no text of the figure ends the script. The picture stands until the script draws the chart over it: with scripts off, and
    // in a preview, it stays.
    private string Plotly(JsonNode figure, JsonNode? png)
    {
        UsesPlotly = true;
        var still = png is null ? "<noscript>An interactive chart, which needs scripts.</noscript>" : Image("image/png", Lines.Join(png), "figure");
        return $"<div class=\"figure\"><div class=\"plot\">{still}</div><button class=\"enlarge\" type=\"button\" title=\"Enlarge\">⤢</button>" +
            $"<script type=\"application/json\">{figure.ToJsonString()}</script></div>";
    }

    private static string Image(string type, string base64, string alt) =>
        $"<img class=\"zoom\" alt=\"{Escaped(alt.Trim())}\" src=\"data:{type};base64,{base64.Replace("\n", "")}\">";

    // Displays carry their style sheet with them; one copy a page is enough.
    private string OneStyleEach(string html) => Style().Replace(html, style => styles.Add(style.Value) ? style.Value : "");

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Ansi();
}
