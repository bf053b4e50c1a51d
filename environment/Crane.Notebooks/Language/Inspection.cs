using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Crane.Notebooks.Language;

/// <summary>What stands at a place of a cell: the signature of a symbol and its documentation.</summary>
internal static class Inspection
{
    private static readonly SymbolDisplayFormat Signature = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeContainingType
            | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeConstantValue | SymbolDisplayMemberOptions.IncludeRef,
        SymbolDisplayDelegateStyle.NameAndSignature,
        SymbolDisplayExtensionMethodStyle.Default,
        SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeParamsRefOut,
        SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        SymbolDisplayLocalOptions.IncludeType | SymbolDisplayLocalOptions.IncludeConstantValue,
        SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeNamespaceKeyword,
        SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>Null when nothing that has a name stands there.</summary>
    /// <param name="document">The cell.</param>
    /// <param name="at">The place; right after a name, or between the parentheses of a call, also counts.</param>
    /// <param name="all">Tells all overloads instead of their number.</param>
    public static string? Of(Document document, int at, bool all)
    {
        var model = document.GetSemanticModelAsync().GetAwaiter().GetResult()!;
        var symbols = Symbols(model, at);
        if (symbols.Count == 0)
            return null;
        var text = new StringBuilder(symbols[0].ToDisplayString(Signature)).Append('\n');
        if (XmlDocs.Text(symbols[0], model.Compilation) is { Length: > 0 } documentation)
            text.Append('\n').Append(documentation).Append('\n');
        var others = symbols.Skip(1).Select(s => s.ToDisplayString(Signature)).ToArray();
        if (others.Length > 0)
            text.Append(all ? $"\nOverloads:\n{string.Join('\n', others)}\n" : $"\n+ {others.Length} overload{(others.Length == 1 ? "" : "s")}\n");
        return text.ToString();
    }

    // The name at the place; else the function in whose arguments the place lies. The symbol that fits comes first, then its overloads.
    private static IReadOnlyList<ISymbol> Symbols(SemanticModel model, int at)
    {
        var root = model.SyntaxTree.GetRoot();
        foreach (var place in (int[])[at, at - 1])
            if (place >= 0 && place < root.FullSpan.End && root.FindToken(place) is var token && token.Span.Contains(place) && IsName(token)
                && Of(model, token.Parent!) is { Count: > 0 } found)
                return found;
        var arguments = root.FindToken(Math.Clamp(at - 1, 0, Math.Max(0, root.FullSpan.End - 1))).Parent?.AncestorsAndSelf().OfType<BaseArgumentListSyntax>()
            .FirstOrDefault();
        return arguments?.Parent switch
        {
            InvocationExpressionSyntax { Expression: var called } => Of(model, called),
            BaseObjectCreationExpressionSyntax creation => Of(model, creation),
            ElementAccessExpressionSyntax element => Of(model, element),
            _ => [],
        };
    }

    private static bool IsName(SyntaxToken token) => token.IsKind(SyntaxKind.IdentifierToken) || token.Parent is PredefinedTypeSyntax;

    private static IReadOnlyList<ISymbol> Of(SemanticModel model, SyntaxNode node)
    {
        if (model.GetDeclaredSymbol(node) is { } declared)
            return [declared];
        if (node is SimpleNameSyntax { Parent: MemberAccessExpressionSyntax access } name && access.Name == name)
            node = access;
        var info = model.GetSymbolInfo(node);
        var group = model.GetMemberGroup(node);
        var best = info.Symbol ?? info.CandidateSymbols.FirstOrDefault() ?? group.FirstOrDefault();
        if (best is null)
            return [];
        // "new List<int>(…)" is asked about for its constructor.
        var others = group.Length > 0 ? group : info.Symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } made
            ? [.. made.ContainingType.InstanceConstructors] : info.CandidateSymbols;
        return [best, .. others.Where(o => !SymbolEqualityComparer.Default.Equals(o.OriginalDefinition, best.OriginalDefinition))];
    }
}
