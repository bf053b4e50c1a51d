using System.Security.Cryptography;
using System.Text;
using Crane.Core.Display;

namespace Crane.Notebooks.Formatting;

/// <summary>A chart of another library by MIME type: the figure for viewers that know Plotly, and HTML that draws it where the page has plotly.js.</summary>
/// <remarks>Neither holds plotly.js (3.6 MB) nor an address to fetch it from: the page embeds it once.</remarks>
internal static class PlotlyBundle
{
    public static IReadOnlyDictionary<string, string> Of(string figureJson)
    {
        var id = "chart-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(figureJson)))[..12];
        var safe = figureJson.Replace("<", "\\u003c");
        return new Dictionary<string, string>
        {
            [Mime.Plotly] = figureJson,
            [Mime.Html] = $$"""
                <div data-figure="{{id}}"><em>An interactive chart: it is drawn where the page brings plotly.js.</em></div>
                <script>(function () {
                  if (!window.Plotly) return;
                  var figure = {{safe}};
                  document.querySelectorAll('[data-figure="{{id}}"]').forEach(function (place) {
                    place.textContent = '';
                    Plotly.newPlot(place, figure.data, figure.layout, { responsive: true, displaylogo: false });
                  });
                })()</script>
                """,
            [Mime.Text] = "[interactive chart]",
        };
    }
}
