using System.Text;
using Crane.Core.Display;
using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Formatting;

/// <summary>An exception that a cell shows instead of throwing it: type, message, causes; the frames fold away.</summary>
internal static class ExceptionBundle
{
    private const string Frame = "   at ";

    public static IReadOnlyDictionary<string, string> Of(Exception exception)
    {
        var trace = CellError.Of(exception, cellFile: "").Trace;
        var html = new StringBuilder("<div class=\"exception\">");
        for (var i = 0; i < trace.Count; i++)
        {
            if (!trace[i].StartsWith(Frame, StringComparison.Ordinal))
            {
                html.Append($"<div>{Heading(trace[i].Trim())}</div>");
                continue;
            }
            var frames = trace.Skip(i).TakeWhile(t => t.StartsWith(Frame, StringComparison.Ordinal)).ToArray();
            html.Append($"<details><summary>{frames.Length} frame{(frames.Length == 1 ? "" : "s")}</summary><pre>{Html.Escape(string.Join('\n', frames))}</pre></details>");
            i += frames.Length - 1;
        }
        return new View(string.Join('\n', trace), Html.Wrap(html.Append("</div>").ToString())).ToMimeBundle();
    }

    // "System.FormatException: the message" and "caused by …: …".
    private static string Heading(string line) => line.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon
        ? $"<b>{Html.Escape(line[..colon])}</b>{Html.Escape(line[colon..])}"
        : Html.Escape(line);
}
