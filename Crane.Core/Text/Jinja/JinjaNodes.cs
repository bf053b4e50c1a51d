namespace Crane.Core.Text.Jinja;

/// <summary>An expression of a template.</summary>
internal abstract record Expression;
internal sealed record Literal(object? Value) : Expression;
internal sealed record Variable(string Name) : Expression;
internal sealed record ListLiteral(IReadOnlyList<Expression> Items) : Expression;
internal sealed record DictLiteral(IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression;
internal sealed record AttributeOf(Expression Target, string Name) : Expression;
internal sealed record ItemOf(Expression Target, Expression Index) : Expression;
internal sealed record SliceOf(Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression;
internal sealed record Call(Expression Target, Arguments Arguments) : Expression;
internal sealed record Filtered(Expression Target, string Name, Arguments Arguments) : Expression;
internal sealed record Tested(Expression Target, string Name, Arguments Arguments, bool Negated) : Expression;
internal sealed record Unary(string Operator, Expression Operand) : Expression;
internal sealed record Binary(string Operator, Expression Left, Expression Right) : Expression;
internal sealed record Comparison(Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression;
internal sealed record Conditional(Expression Condition, Expression Then, Expression? Else) : Expression;

internal sealed record Arguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static readonly Arguments None = new([], []);
}

/// <summary>A statement of a template.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Construct">How it is named in errors.</param>
internal abstract record Statement(int Line, string Construct);
internal sealed record Output(int Line, string Text) : Statement(Line, "text");
internal sealed record Print(int Line, Expression Value) : Statement(Line, "{{ … }}");
internal sealed record If(int Line, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else)
    : Statement(Line, "{% if %}");
internal sealed record For(int Line, IReadOnlyList<string> Targets, Expression Items, Expression? Filter, IReadOnlyList<Statement> Body,
    IReadOnlyList<Statement> Else) : Statement(Line, "{% for %}");
internal sealed record Set(int Line, IReadOnlyList<string> Targets, Expression Value) : Statement(Line, "{% set %}");
internal sealed record SetMember(int Line, string Target, string Member, Expression Value) : Statement(Line, "{% set %}");
internal sealed record SetBlock(int Line, string Target, IReadOnlyList<Statement> Body) : Statement(Line, "{% set %}");
internal sealed record Macro(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body)
    : Statement(Line, "{% macro %}");
internal sealed record Block(int Line, IReadOnlyList<Statement> Body) : Statement(Line, "{% generation %}");
internal sealed record Jump(int Line, bool Leaves) : Statement(Line, Leaves ? "{% break %}" : "{% continue %}");
