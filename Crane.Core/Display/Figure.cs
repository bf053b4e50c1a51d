using System.Security.Cryptography;
using System.Text;
using Plotly.NET;

namespace Crane.Core.Display;

/// <summary>A chart with two faces made from the same data: an interactive Plotly figure, and a PNG for places that run no script.</summary>
/// <remarks>Immutable: <c>with</c> gives a copy with other data or labels, to redraw a figure in place.</remarks>
/// <param name="Title">Heading, may be empty.</param>
/// <param name="X">Label of the horizontal axis, with its unit.</param>
/// <param name="Y">Label of the vertical axis, with its unit.</param>
public abstract partial record Figure(string Title, string X, string Y)
{
    /// <summary>Width in logical pixels; the PNG has twice as many, for sharpness.</summary>
    public int Width { get; init; } = 760;

    /// <summary>Height in logical pixels; the PNG has twice as many.</summary>
    public int Height { get; init; } = 420;

    /// <summary>Which colour of <see cref="Palette"/> each series takes, so that a method has one colour in every figure; null: one after the other.</summary>
    public IReadOnlyList<int>? Hues { get; init; }

    /// <summary>The Plotly figure: JSON with <c>data</c> and <c>layout</c>.</summary>
    public string Json
    {
        get
        {
            var layout = PlotlyFace.Layout(this);
            Arrange(layout);
            return PlotlyFace.Json(Traces(), layout);
        }
    }

    /// <summary>The figure as a PNG file of 2 × <see cref="Width"/> by 2 × <see cref="Height"/> pixels, on white.</summary>
    public byte[] Png => StaticFace.Render(this);

    /// <summary>The figure in words.</summary>
    public string Text => string.IsNullOrEmpty(Title) ? $"[{Describe()}]" : $"[{Title}: {Describe()}]";

    /// <summary>The PNG in a div, replaced by the live chart where the page already has plotly.js; nothing is fetched.</summary>
    public string Html() => Html(Png, Json);

    /// <summary>text/plain, text/html, image/png (base64) and application/vnd.plotly.v1+json.</summary>
    public IReadOnlyDictionary<string, string> ToMimeBundle()
    {
        var (png, json) = (Png, Json);
        return new Dictionary<string, string>
        {
            [Mime.Text] = Text, [Mime.Html] = Html(png, json), [Mime.Png] = Convert.ToBase64String(png), [Mime.Plotly] = json,
        };
    }

    /// <summary>The text.</summary>
    public sealed override string ToString() => Text;

    /// <summary>The data as Plotly traces.</summary>
    internal abstract IEnumerable<Trace> Traces();

    /// <summary>What this kind of figure adds to the common Plotly layout.</summary>
    internal virtual void Arrange(Layout layout) { }

    /// <summary>Draws the same data with ScottPlot.</summary>
    internal abstract void Draw(ScottPlot.Plot plot);

    /// <summary>Kind, axes and the numbers that matter, in a line.</summary>
    private protected abstract string Describe();

    /// <summary>The colour of a series, as an index of the palette.</summary>
    private protected int Hue(int series) => Hues is { } hues && series < hues.Count ? hues[series] : series;

    /// <summary>" of y over x", as far as the axes have names.</summary>
    private protected string Axes => (Y, X) switch { ("", "") => "", (_, "") => $" of {Y}", ("", _) => $" over {X}", _ => $" of {Y} over {X}" };

    private string Html(byte[] png, string json)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..12];
        return Display.Html.Wrap($"<div class=\"plot\" data-figure=\"{id}\">{Display.Html.Image(png, Text, Width)}</div>" +
            $"<script>(function(){{if(!window.Plotly)return;var f={Display.Html.JsonForScript(json)};" +
            $"document.querySelectorAll('[data-figure=\"{id}\"]').forEach(function(e){{if(e.dataset.live)return;e.dataset.live=1;e.innerHTML='';" +
            "Plotly.newPlot(e,f.data,f.layout,{responsive:true,displaylogo:false,displayModeBar:false})})})()</script>");
    }
}
