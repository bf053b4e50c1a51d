using System.Security.Cryptography;
using System.Text;
using Crane.Core.Display;

namespace Crane.Notebooks.Formatting;

/// <summary>A chart of another library by MIME type: the figure for viewers that know Plotly, HTML that draws it where the page has plotly.js, and a still
/// picture for all others.</summary>
/// <remarks>None holds plotly.js (3.6 MB) nor an address to fetch it from: the page embeds it once.</remarks>
internal static class PlotlyBundle
{
    public static IReadOnlyDictionary<string, string> Of(string figureJson)
    {
        var id = "chart-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(figureJson)))[..12];
        var safe = Html.JsonForScript(figureJson);
        var (png, text) = PlotlyStill.Of(figureJson);
        var picture = Convert.ToBase64String(png);
        return new Dictionary<string, string>
        {
            [Mime.Plotly] = figureJson,
            [Mime.Html] = $$"""
                <div data-figure="{{id}}"><img src="data:image/png;base64,{{picture}}" alt="{{Html.Escape(text)}}" width="{{PngWidth(png)}}" style="max-width:100%"></div>
                <script>(function () {
                  if (!window.Plotly) return;
                  var figure = {{safe}};
                  document.querySelectorAll('[data-figure="{{id}}"]').forEach(function (place) {
                    place.textContent = '';
                    Plotly.newPlot(place, figure.data, figure.layout, { responsive: true, displaylogo: false });
                  });
                })()</script>
                """,
            [Mime.Png] = picture,
            [Mime.Text] = text,
        };
    }

    // Drawn with two pixels for one; the width stands big-endian in the header.
    private static int PngWidth(byte[] png) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)) / 2;
}
