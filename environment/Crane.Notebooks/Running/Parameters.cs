using System.Globalization;
using System.Text.Json;
using Crane.Notebooks.Files;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Crane.Notebooks.Running;

/// <summary>A variable of the cell tagged <c>parameters</c>.</summary>
/// <param name="Type">The declared C# type; for <c>var</c> that of the initial value.</param>
internal sealed record Parameter(string Name, string Type);

/// <summary>Parameters as papermill has them: declared in the cell tagged <c>parameters</c>, set by a cell tagged <c>injected-parameters</c> after
/// it.</summary>
internal static class Parameters
{
    private const string Declaring = "parameters";
    private const string Injected = "injected-parameters";

    public static IReadOnlyList<Parameter> Of(Notebook notebook) => DeclaringCell(notebook) is { } cell ? Declared(cell.Source) : [];

    /// <summary>Puts the cell that sets the values into the notebook, and takes away one of an earlier run.</summary>
    /// <param name="notebook">The notebook to change.</param>
    /// <param name="values">Values as typed on the command line, by name; all of them declared.</param>
    /// <exception cref="NotebookException">A value does not fit its type.</exception>
    public static void Inject(Notebook notebook, IReadOnlyDictionary<string, string> values)
    {
        foreach (var old in notebook.Cells.Where(c => c.Tags.Contains(Injected)).ToArray())
            notebook.Remove(old);
        var lines = Of(notebook).Where(p => values.ContainsKey(p.Name)).Select(p => $"{p.Name} = {Literal(p, values[p.Name])};").ToArray();
        if (lines.Length > 0)
            notebook.InsertAfter(DeclaringCell(notebook), NotebookCell.Code(Injected, string.Join('\n', ["// Parameters", .. lines]), Injected));
    }

    private static NotebookCell? DeclaringCell(Notebook notebook) => notebook.CodeCells.FirstOrDefault(c => c.Tags.Contains(Declaring));

    private static Parameter[] Declared(string source) =>
        [.. CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(kind: SourceCodeKind.Script)).GetCompilationUnitRoot().Members
            .OfType<FieldDeclarationSyntax>().Where(f => !f.Modifiers.Any(SyntaxKind.ConstKeyword)).Select(f => f.Declaration)
            .SelectMany(d => d.Variables.Select(v =>
                new Parameter(v.Identifier.Text, d.Type.ToString() is var type && type == "var" ? TypeOf(v.Initializer?.Value) : type)))];

    private static string TypeOf(ExpressionSyntax? value) => value switch
    {
        LiteralExpressionSyntax literal => literal.Token.Value switch
        {
            int => "int", long => "long", double => "double", float => "float", decimal => "decimal", bool => "bool", string => "string", _ => "var",
        },
        PrefixUnaryExpressionSyntax { Operand: var operand } => TypeOf(operand),
        _ => "var",
    };

    private static string Literal(Parameter parameter, string value)
    {
        var type = parameter.Type.TrimEnd('?');
        if (value == "null" && parameter.Type.EndsWith('?'))
            return "null";
        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            var items = value.Trim().TrimStart('[').TrimEnd(']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return $"[{string.Join(", ", items.Select(i => Literal(parameter with { Type = type[..^2] }, i)))}]";
        }
        return Scalar(type, value) ?? throw new NotebookException(type is "var"
            ? $"-p {parameter.Name}={value}: the type of {parameter.Name} is not known from its initial value; declare it with its type in the cell tagged 'parameters'."
            : $"-p {parameter.Name}={value}: {parameter.Name} is declared as {parameter.Type}, which '{value}' is not.");
    }

    private static string? Scalar(string type, string value)
    {
        var invariant = CultureInfo.InvariantCulture;
        return type switch
        {
            "string" => SymbolDisplay.FormatLiteral(value, quote: true),
            "bool" => bool.TryParse(value, out var flag) ? JsonSerializer.Serialize(flag) : null,
            "int" => int.TryParse(value, invariant, out var number) ? number.ToString(invariant) : null,
            "long" => long.TryParse(value, invariant, out var number) ? number.ToString(invariant) + "L" : null,
            "double" => double.TryParse(value, invariant, out var number) && double.IsFinite(number) ? number.ToString("R", invariant) : null,
            "float" => float.TryParse(value, invariant, out var number) && float.IsFinite(number) ? number.ToString("R", invariant) + "f" : null,
            "decimal" => decimal.TryParse(value, invariant, out var number) ? number.ToString(invariant) + "m" : null,
            _ => null,
        };
    }
}
