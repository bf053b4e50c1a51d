using System.Text;

namespace Crane.Core.Display;

/// <summary>What the HTML of all displays shares: escaping and the style sheet.</summary>
internal static class Html
{
    /// <summary>Text as HTML, safe between tags and inside quoted attributes.</summary>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var html = new StringBuilder(text.Length + 16);
        foreach (var c in text)
            html.Append(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&quot;", '\'' => "&#39;", _ => c.ToString() });
        return html.ToString();
    }

    /// <summary>JSON that can stand inside a script element.</summary>
    public static string JsonForScript(string json) => json.Replace("<", "\\u003c").Replace("\u2028", "\\u2028").Replace("\u2029", "\\u2029");

    /// <summary>A body with the shared style in front. Every output carries it: a notebook shows each output alone.</summary>
    public static string Wrap(string body) => $"<style>{Style}</style><div class=\"crane\">{body}</div>";

    /// <summary>A PNG inside the page.</summary>
    /// <param name="png">A PNG file.</param>
    /// <param name="alt">Its description.</param>
    /// <param name="width">Displayed width in pixels.</param>
    public static string Image(byte[] png, string alt, int width) =>
        $"<img src=\"data:image/png;base64,{Convert.ToBase64String(png)}\" alt=\"{Escape(alt)}\" width=\"{width}\">";

    public static string Style { get; } = Read();

    private static string Read()
    {
        using var stream = typeof(Html).Assembly.GetManifestResourceStream("Crane.Core.Display.crane.css")!;
        using var reader = new StreamReader(stream);
        return string.Concat(reader.ReadToEnd().Split('\n').Select(line => line.Trim()));
    }
}
