using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Crane.Notebooks.Engine;

/// <summary>Puts a look at the stop signal into a cell: at the head of every loop, at the entry of every function, between statements of the cell, and
/// around what it awaits. .NET cannot abort a thread, so this is what stops <c>while (true) { }</c> and keeps the state.</summary>
/// <remarks>Insertions are made in the text and never add a line, so every line number stays. Code with a syntax error is left as it is.</remarks>
internal static class StopChecks
{
    private const string Check = "global::Crane.Notebooks.Cells.Guard.Check();";
    private const string Until = "global::Crane.Notebooks.Cells.Guard.Until(";

    public static string Insert(string code)
    {
        var tree = CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script));
        if (tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error))
            return code;
        var insertions = new List<(int At, string Text)>();
        foreach (var node in tree.GetRoot().DescendantNodes())
            insertions.AddRange(For(node));
        // An outer node comes first, so where two begin at one place, its brace stands outside; and where two end at one place, inner ones close first.
        var ordered = insertions.Select((insertion, order) => (insertion.At, insertion.Text, Order: IsClosing(insertion.Text) ? -order - 1 : order))
            .OrderBy(i => i.At).ThenBy(i => i.Order);
        var (text, from) = (new System.Text.StringBuilder(code.Length * 2), 0);
        foreach (var (at, inserted, _) in ordered)
        {
            text.Append(code, from, at - from).Append(inserted);
            from = at;
        }
        return text.Append(code, from, code.Length - from).ToString();
    }

    private static bool IsClosing(string text) => text is "}" or ")" or ";}";

    private static IEnumerable<(int, string)> For(SyntaxNode node) => node switch
    {
        WhileStatementSyntax loop => Body(loop.Statement),
        DoStatementSyntax loop => Body(loop.Statement),
        ForStatementSyntax loop => Body(loop.Statement),
        CommonForEachStatementSyntax loop => Body(loop.Statement),
        LabeledStatementSyntax label => [(label.Statement.SpanStart, Check)],
        GlobalStatementSyntax { Statement: not (LabeledStatementSyntax or LocalFunctionStatementSyntax) } statement => [(statement.SpanStart, Check)],
        BaseMethodDeclarationSyntax { Body: { } body } and not ConstructorDeclarationSyntax => Entry(body),
        LocalFunctionStatementSyntax { Body: { } body } => Entry(body),
        AnonymousFunctionExpressionSyntax { Block: { } body } => Entry(body),
        MethodDeclarationSyntax { ExpressionBody: { } arrow } method => Arrow(arrow, method.SemicolonToken, method.ReturnType, method.Modifiers),
        LocalFunctionStatementSyntax { ExpressionBody: { } arrow } function => Arrow(arrow, function.SemicolonToken, function.ReturnType, function.Modifiers),
        AwaitExpressionSyntax { Expression: var awaited } => [(awaited.SpanStart, Until), (awaited.Span.End, ")")],
        _ => [],
    };

    private static IEnumerable<(int, string)> Body(StatementSyntax body) => body is BlockSyntax block ? Entry(block)
        : [(body.SpanStart, "{" + Check), (body.Span.End, "}")];

    private static IEnumerable<(int, string)> Entry(BlockSyntax block) => [(block.OpenBraceToken.Span.End, Check)];

    // "int F(int n) => n < 2 ? n : F(n - 1);" becomes a block: recursion can run as long as a loop.
    private static IEnumerable<(int, string)> Arrow(ArrowExpressionClauseSyntax arrow, SyntaxToken semicolon, TypeSyntax type, SyntaxTokenList modifiers)
    {
        if (arrow.Expression is ThrowExpressionSyntax)
            return [];
        var asynchronous = modifiers.Any(SyntaxKind.AsyncKeyword);
        var nothing = type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }
            || (asynchronous && type is not GenericNameSyntax and not QualifiedNameSyntax { Right: GenericNameSyntax });
        return [(arrow.ArrowToken.SpanStart, "{" + Check + (nothing ? "" : "return ") + "/*"), (arrow.ArrowToken.Span.End, "*/"), (semicolon.Span.End, "}")];
    }
}
