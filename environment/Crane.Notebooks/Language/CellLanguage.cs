using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;

namespace Crane.Notebooks.Language;

/// <summary>Completion and inspection of what is being typed, by Roslyn, in the light of what was executed.</summary>
internal sealed class CellLanguage(NotebookEngine engine) : IDisposable
{
    private const int MostMatches = 500;
    private readonly Lazy<CellWorkspace> workspace = new(() => new CellWorkspace());
    private readonly Lock gate = new();

    /// <summary>Answers a complete_request.</summary>
    /// <param name="code">The cell.</param>
    /// <param name="cursor">The place, in code points.</param>
    public JsonObject Complete(string code, int cursor)
    {
        var at = CodePoints.ToUtf16(code, cursor);
        var (start, matches) = Directives.Complete(code, at) is { } directive ? directive : Members(code, at);
        var (from, to) = (CodePoints.FromUtf16(code, start), CodePoints.FromUtf16(code, at));
        return new JsonObject
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. matches.Select(m => (JsonNode)m.Text)]),
            ["cursor_start"] = from,
            ["cursor_end"] = to,
            ["metadata"] = new JsonObject
            {
                ["_jupyter_types_experimental"] =
                    new JsonArray([.. matches.Select(m => (JsonNode)new JsonObject { ["text"] = m.Text, ["type"] = m.Kind, ["start"] = from, ["end"] = to })]),
            },
        };
    }

    /// <summary>Answers an inspect_request: signatures, documentation, and for a variable its type.</summary>
    /// <param name="code">The cell.</param>
    /// <param name="cursor">The place, in code points.</param>
    /// <param name="detail">0: the signature that fits; 1: all overloads, too.</param>
    public JsonObject Inspect(string code, int cursor, int detail)
    {
        var text = Inspection.Of(Document(code), CodePoints.ToUtf16(code, cursor), detail > 0);
        return new JsonObject
        {
            ["status"] = "ok",
            ["found"] = text is not null,
            ["data"] = text is null ? new JsonObject() : new JsonObject { ["text/plain"] = text },
            ["metadata"] = new JsonObject(),
        };
    }

    public void Dispose()
    {
        if (workspace.IsValueCreated)
            workspace.Value.Dispose();
    }

    private Document Document(string code)
    {
        lock (gate)
            return workspace.Value.Document(CellSource.CSharpOnly(code), engine);
    }

    private (int Start, (string Text, string Kind)[] Matches) Members(string code, int at)
    {
        var document = Document(code);
        var service = CompletionService.GetService(document)!;
        var list = service.GetCompletionsAsync(document, at).GetAwaiter().GetResult();
        var typed = code[list.Span.Start..at];
        var known = list.ItemsList.Where(i => !i.Tags.Contains("Snippet")).ToArray();
        var items = known.Where(i => i.FilterText.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).ToArray();
        // What begins as it was typed comes first; nothing that fits: Roslyn's own idea of what was meant ("WL" finds WriteLine).
        var ordered = items.Length > 0
            ? items.OrderByDescending(i => i.FilterText.StartsWith(typed, StringComparison.Ordinal)).ThenBy(i => i.SortText, StringComparer.OrdinalIgnoreCase)
            : service.FilterItems(document, [.. known], typed).AsEnumerable();
        return (list.Span.Start,
            [.. ordered.Select(i => (Text: i.DisplayText, Kind: i.Tags.FirstOrDefault()?.ToLowerInvariant() ?? "")).DistinctBy(m => m.Text).Take(MostMatches)]);
    }
}
