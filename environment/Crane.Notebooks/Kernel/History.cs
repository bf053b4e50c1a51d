using System.IO.Enumeration;
using System.Text.Json.Nodes;

namespace Crane.Notebooks.Kernel;

/// <summary>The cells of this session: number, source, and the plain text of the result.</summary>
internal sealed class History
{
    private const int Session = 1;
    private readonly List<(int Line, string Input, string? Output)> cells = [];

    public void Add(int line, string input, string? output) => cells.Add((line, input, output));

    /// <summary>Answers a history_request: the last n, a range, or those that match a pattern with * and ?.</summary>
    public JsonObject Answer(Message request)
    {
        var count = request.Integer("n", int.MaxValue);
        IEnumerable<(int Line, string Input, string? Output)> found = request.Text("hist_access_type") switch
        {
            "range" => cells.Where(c => request.Integer("session", 0) is 0 or Session && c.Line >= request.Integer("start", 0)
                && c.Line < request.Integer("stop", int.MaxValue)),
            "search" => Unique(request, cells.Where(c => FileSystemName.MatchesSimpleExpression(request.Text("pattern") ?? "*", c.Input))).TakeLast(count),
            _ => cells.TakeLast(count),
        };
        var output = request.Flag("output", otherwise: false);
        return new JsonObject
        {
            ["status"] = "ok",
            ["history"] = new JsonArray([.. found.Select(c => (JsonNode)new JsonArray(Session, c.Line, output ? new JsonArray(c.Input, c.Output) : c.Input))]),
        };
    }

    private static IEnumerable<(int Line, string Input, string? Output)> Unique(Message request, IEnumerable<(int Line, string Input, string? Output)> found) =>
        request.Flag("unique", otherwise: false) ? found.Reverse().DistinctBy(c => c.Input).Reverse() : found;
}
