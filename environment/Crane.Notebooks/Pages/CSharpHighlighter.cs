using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Crane.Notebooks.Pages;

/// <summary>C# as HTML: each token in a span of its kind, everything escaped.</summary>
internal static class CSharpHighlighter
{
    public static string ToHtml(string code)
    {
        var html = new StringBuilder();
        var root = CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script)).GetRoot();
        foreach (var token in root.DescendantTokens())
        {
            AppendTrivia(html, token.LeadingTrivia);
            Append(html, token.Text, Kind(token));
            AppendTrivia(html, token.TrailingTrivia);
        }
        return html.ToString();
    }

    private static void AppendTrivia(StringBuilder html, SyntaxTriviaList list)
    {
        foreach (var trivia in list)
            Append(html, trivia.ToFullString(), trivia.IsDirective ? "directive"
                : trivia.Kind() is SyntaxKind.WhitespaceTrivia or SyntaxKind.EndOfLineTrivia or SyntaxKind.SkippedTokensTrivia ? null : "comment");
    }

    private static void Append(StringBuilder html, string text, string? kind)
    {
        var escaped = WebUtility.HtmlEncode(text);
        html.Append(kind is null || text.Length == 0 ? escaped : $"<span class=\"{kind}\">{escaped}</span>");
    }

    private static string? Kind(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.NumericLiteralToken => "number",
        SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.InterpolatedStringStartToken
            or SyntaxKind.InterpolatedStringEndToken or SyntaxKind.InterpolatedVerbatimStringStartToken or SyntaxKind.SingleLineRawStringLiteralToken
            or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.InterpolatedMultiLineRawStringStartToken or SyntaxKind.InterpolatedRawStringEndToken
            or SyntaxKind.InterpolatedSingleLineRawStringStartToken or SyntaxKind.Utf8StringLiteralToken => "string",
        SyntaxKind.IdentifierToken => IdentifierKind(token),
        _ when token.IsKeyword() || SyntaxFacts.IsContextualKeyword(token.Kind()) => "keyword",
        _ => null,
    };

    // Without a compilation the syntax decides: what is called, and what stands where a type stands.
    private static string? IdentifierKind(SyntaxToken token) => token.Parent switch
    {
        IdentifierNameSyntax { Identifier.Text: "var" or "await" or "nameof" or "dynamic" } => "keyword",
        SimpleNameSyntax { Parent: InvocationExpressionSyntax } => "call",
        SimpleNameSyntax { Parent: MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } access } name when access.Name == name => "call",
        MethodDeclarationSyntax or LocalFunctionStatementSyntax => "call",
        BaseTypeDeclarationSyntax or GenericNameSyntax => "type",
        NameSyntax { Parent: VariableDeclarationSyntax or ObjectCreationExpressionSyntax or ParameterSyntax or TypeArgumentListSyntax or ArrayTypeSyntax or NullableTypeSyntax
            or CastExpressionSyntax or TypeOfExpressionSyntax or DeclarationPatternSyntax or MethodDeclarationSyntax or DeclarationExpressionSyntax or SimpleBaseTypeSyntax } => "type",
        _ => null,
    };
}
