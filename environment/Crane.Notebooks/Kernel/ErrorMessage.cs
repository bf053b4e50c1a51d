using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Kernel;

/// <summary>A failure as Jupyter shows it: the lines of the cell around the fault with an arrow, the exceptions in red, the frames.</summary>
internal static class ErrorMessage
{
    private const int Around = 2;
    private const string Red = "\u001b[31;1m", Green = "\u001b[32;1m", Dim = "\u001b[90m", Normal = "\u001b[0m";

    public static JsonObject Content(CellError error, IReadOnlyList<string> traceback) => new()
    {
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["traceback"] = new JsonArray([.. traceback.Select(t => (JsonNode)t)]),
    };

    public static JsonObject Reply(CellError error, IReadOnlyList<string> traceback, int count)
    {
        var reply = Content(error, traceback);
        (reply["status"], reply["execution_count"]) = ("error", count);
        return reply;
    }

    /// <summary>The lines to show, in the colours of a terminal.</summary>
    public static IReadOnlyList<string> Traceback(CellError error, string code) =>
        [.. Excerpt(code, error.Line), .. error.Trace.Select(Coloured)];

    private static IEnumerable<string> Excerpt(string code, int? line)
    {
        var lines = code.ReplaceLineEndings("\n").Split('\n');
        if (line is not { } at || at > lines.Length)
            yield break;
        for (var i = Math.Max(1, at - Around); i <= Math.Min(lines.Length, at + Around); i++)
            yield return i == at ? $"{Green}----> {i,3}{Normal} {lines[i - 1]}" : $"{Dim}      {i,3} {lines[i - 1]}{Normal}";
        yield return "";
    }

    private static string Coloured(string line) => line switch
    {
        _ when line.StartsWith("   at ", StringComparison.Ordinal) => $"{Dim}{line}{Normal}",
        _ when line.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon => $"{Red}{line[..colon]}{Normal}{line[colon..]}",
        _ => line,
    };
}
