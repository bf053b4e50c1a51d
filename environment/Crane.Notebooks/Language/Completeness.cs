using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Crane.Notebooks.Language;

/// <summary>Whether Enter should run what was typed, or begin another line.</summary>
internal static class Completeness
{
    public static JsonObject Answer(string code)
    {
        var csharp = CellSource.CSharpOnly(code);
        var tree = CSharpSyntaxTree.ParseText(csharp, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script));
        if (!SyntaxFactory.IsCompleteSubmission(tree))
            return new JsonObject { ["status"] = "incomplete", ["indent"] = Indent(tree) };
        return new JsonObject { ["status"] = tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error) ? "invalid" : "complete" };
    }

    private static string Indent(SyntaxTree tree)
    {
        var depth = tree.GetRoot().DescendantTokens()
            .Sum(t => t.IsMissing ? 0 : t.Kind() switch { SyntaxKind.OpenBraceToken => 1, SyntaxKind.CloseBraceToken => -1, _ => 0 });
        return new string(' ', 4 * Math.Max(0, depth));
    }
}
