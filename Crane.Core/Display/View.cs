namespace Crane.Core.Display;

/// <summary>Something a notebook shows: text always, HTML and a picture where they help. A snapshot; it holds no tensor.</summary>
/// <param name="Text">What a console shows; also the picture's description for those who cannot see it.</param>
/// <param name="Html">A fragment of HTML with everything escaped, or null.</param>
/// <param name="Png">A PNG file, or null.</param>
public sealed record View(string Text, string? Html = null, byte[]? Png = null)
{
    /// <summary>MIME type → content: text/plain, and text/html and image/png (base64) where there is one.</summary>
    public IReadOnlyDictionary<string, string> ToMimeBundle()
    {
        var bundle = new Dictionary<string, string> { [Mime.Text] = Text };
        if (Html is not null) bundle[Mime.Html] = Html;
        if (Png is not null) bundle[Mime.Png] = Convert.ToBase64String(Png);
        return bundle;
    }

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
