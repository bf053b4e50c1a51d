using System.Globalization;

namespace Crane.Core.Text.Jinja;

/// <summary>Reads expressions, loosest binding first: a if b else c, or, and, not, comparison, + -, ~, * / // %, **, unary, postfix, filter and test.</summary>
internal class JinjaExpressions(List<Token> tokens)
{
    private static readonly HashSet<string> NotAnArgument = ["else", "or", "and", "is", "if", "not", "in"];
    private int at;

    protected Token Current => tokens[at];

    protected Token Take() => tokens[at++];

    protected void StepBack() => at--;

    protected bool Is(string value, TokenKind kind = TokenKind.Operator) => Current.Kind == kind && Current.Value == value;

    protected bool Accept(string value, TokenKind kind = TokenKind.Operator)
    {
        if (!Is(value, kind)) return false;
        at++;
        return true;
    }

    protected void Expect(string value)
    {
        if (!Accept(value)) throw JinjaException.Syntax($"expected '{value}', found '{Current.Value}'", Current.Line);
    }

    protected string Name() => Current.Kind == TokenKind.Name ? Take().Value
        : throw JinjaException.Syntax($"expected a name, found '{Current.Value}'", Current.Line);

    private bool Word(string word) => Accept(word, TokenKind.Name);

    /// <summary>One expression, or several with commas between, which make a list.</summary>
    protected Expression Tuple()
    {
        var first = Expression();
        if (!Is(",")) return first;
        var items = new List<Expression> { first };
        while (Accept(","))
            if (Current.Kind is not (TokenKind.BlockEnd or TokenKind.VariableEnd) && !Is(")")) items.Add(Expression());
        return new ListLiteral(items);
    }

    protected Expression Expression()
    {
        var value = Or();
        while (Word("if"))
        {
            var condition = Or();
            value = new Conditional(condition, value, Word("else") ? Expression() : null);
        }
        return value;
    }

    protected Expression Or() => Chain(And, "or");

    private Expression And() => Chain(Not, "and");

    private Expression Chain(Func<Expression> next, string word)
    {
        var left = next();
        while (Word(word)) left = new Binary(word, left, next());
        return left;
    }

    private Expression Not() => Word("not") ? new Unary("not", Not()) : Compare();

    private Expression Compare()
    {
        var (first, rest) = (Sum(), new List<(string, Expression)>());
        while (CompareOperator() is { } name) rest.Add((name, Sum()));
        return rest.Count == 0 ? first : new Comparison(first, rest);
    }

    private string? CompareOperator()
    {
        if (Current.Kind == TokenKind.Operator && Current.Value is "==" or "!=" or "<" or "<=" or ">" or ">=") return Take().Value;
        if (Word("in")) return "in";
        if (!Is("not", TokenKind.Name) || tokens[at + 1] is not { Kind: TokenKind.Name, Value: "in" }) return null;
        at += 2;
        return "not in";
    }

    private Expression Sum() => Operators(() => Operators(() => Operators(() => Operators(() => Prefixed(), "**"), "*", "/", "//", "%"), "~"), "+", "-");

    private Expression Operators(Func<Expression> next, params string[] names)
    {
        var left = next();
        while (Current.Kind == TokenKind.Operator && names.Contains(Current.Value)) left = new Binary(Take().Value, left, next());
        return left;
    }

    private Expression Prefixed(bool filters = true)
    {
        var value = Current is { Kind: TokenKind.Operator, Value: "-" or "+" } ? new Unary(Take().Value, Prefixed(filters: false)) : Postfix(Primary());
        return filters ? Filters(value) : value;
    }

    private Expression Primary()
    {
        var token = Take();
        return token switch
        {
            { Kind: TokenKind.Name } => token.Value switch
            {
                "true" or "True" => new Literal(true),
                "false" or "False" => new Literal(false),
                "none" or "None" => new Literal(null),
                _ => new Variable(token.Value),
            },
            { Kind: TokenKind.Number } => new Literal(Number(token)),
            { Kind: TokenKind.Text } => new Literal(Joined(token.Value)),
            { Kind: TokenKind.Operator, Value: "(" } => Parenthesis(),
            { Kind: TokenKind.Operator, Value: "[" } => new ListLiteral(Items("]", Expression)),
            { Kind: TokenKind.Operator, Value: "{" } => new DictLiteral(Items("}", Pair)),
            _ => throw JinjaException.Syntax($"unexpected '{token.Value}'", token.Line),
        };
    }

    private static object Number(Token token) =>
        long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? (object)whole
            : double.Parse(token.Value, CultureInfo.InvariantCulture);

    private string Joined(string text)
    {
        while (Current.Kind == TokenKind.Text) text += Take().Value;
        return text;
    }

    private Expression Parenthesis()
    {
        if (Accept(")")) return new ListLiteral([]);
        var value = Tuple();
        Expect(")");
        return value;
    }

    private (Expression, Expression) Pair()
    {
        var key = Expression();
        Expect(":");
        return (key, Expression());
    }

    protected List<T> Items<T>(string close, Func<T> item)
    {
        var items = new List<T>();
        while (!Accept(close))
        {
            items.Add(item());
            if (!Is(close)) Expect(",");
        }
        return items;
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            if (Accept(".")) value = Current.Kind == TokenKind.Number ? new ItemOf(value, new Literal(Number(Take()))) : new AttributeOf(value, Name());
            else if (Accept("[")) value = Subscript(value);
            else if (Is("(")) value = new Call(value, ReadArguments());
            else return value;
        }
    }

    private Expression Subscript(Expression target)
    {
        var start = Is(":") ? null : Expression();
        if (start is not null && Accept("]")) return new ItemOf(target, start);
        Expect(":");
        var stop = Is(":") || Is("]") ? null : Expression();
        var step = Accept(":") && !Is("]") ? Expression() : null;
        Expect("]");
        return new SliceOf(target, start, stop, step);
    }

    private Arguments ReadArguments()
    {
        Expect("(");
        var (positional, named) = (new List<Expression>(), new List<(string, Expression)>());
        Items(")", () =>
        {
            if (Current.Kind == TokenKind.Name && tokens[at + 1] is { Kind: TokenKind.Operator, Value: "=" })
            {
                var name = Name();
                Expect("=");
                named.Add((name, Expression()));
            }
            else positional.Add(Expression());
            return 0;
        });
        return new(positional, named);
    }

    private Expression Filters(Expression value)
    {
        while (true)
        {
            if (Accept("|")) value = Filter(value);
            else if (Word("is")) value = Test(value);
            else if (Is("(")) value = Postfix(value);
            else return value;
        }
    }

    private Filtered Filter(Expression value)
    {
        var line = Current.Line;
        var name = Name();
        if (!JinjaFilters.Has(name)) throw new JinjaException("TemplateAssertionError", $"No filter named '{name}'.", line);
        return new(value, name, Is("(") ? ReadArguments() : Arguments.None);
    }

    private Tested Test(Expression value)
    {
        var (negated, line) = (Word("not"), Current.Line);
        var name = Name();
        if (!JinjaTests.Has(name)) throw new JinjaException("TemplateAssertionError", $"No test named '{name}'.", line);
        if (Is("(")) return new(value, name, ReadArguments(), negated);
        var hasArgument = Current.Kind is TokenKind.Text or TokenKind.Number || (Current.Kind == TokenKind.Name && !NotAnArgument.Contains(Current.Value))
            || Is("[") || Is("{");
        return new(value, name, hasArgument ? new([Postfix(Primary())], []) : Arguments.None, negated);
    }
}
