namespace Crane.Core.Display;

/// <summary>The MIME types that displays are made of.</summary>
public static class Mime
{
    /// <summary>Text, for consoles and for search.</summary>
    public const string Text = "text/plain";

    /// <summary>A fragment of HTML that asks for nothing outside itself.</summary>
    public const string Html = "text/html";

    /// <summary>A PNG file in base64.</summary>
    public const string Png = "image/png";

    /// <summary>A Plotly figure as JSON text.</summary>
    public const string Plotly = "application/vnd.plotly.v1+json";
}
