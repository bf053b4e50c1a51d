namespace Crane.Core.Text.Jinja;

/// <summary>Reads the statements of a template.</summary>
internal sealed class JinjaParser : JinjaExpressions
{
    private JinjaParser(List<Token> tokens) : base(tokens) { }

    /// <exception cref="JinjaException">The template is not one, or uses what chat templates do not (include, import, extends, call, filter
    /// blocks).</exception>
    public static IReadOnlyList<Statement> Parse(string template)
    {
        var parser = new JinjaParser(JinjaLexer.Read(template));
        var body = parser.Body();
        return parser.Current.Kind == TokenKind.End ? body
            : throw JinjaException.Syntax($"'{{% {parser.Current.Value} %}}' closes nothing", parser.Current.Line);
    }

    // Statements up to a block tag whose name is among the ends; that tag's name is then the current token.
    private List<Statement> Body(params string[] ends)
    {
        var body = new List<Statement>();
        while (true)
        {
            var token = Take();
            if (token.Kind == TokenKind.Data) body.Add(new Output(token.Line, token.Value));
            else if (token.Kind == TokenKind.VariableBegin) body.Add(PrintOf(token.Line));
            else if (token.Kind == TokenKind.BlockBegin && Current.Kind == TokenKind.Name
                && (ends.Contains(Current.Value) || Closes(Current.Value))) return body;
            else if (token.Kind == TokenKind.BlockBegin) body.Add(Tag(token.Line));
            else return ends.Length == 0 ? Ended(body)
                : throw JinjaException.Syntax($"Unexpected end of template, expected '{string.Join("' or '", ends)}'", token.Line);
        }
    }

    private List<Statement> Ended(List<Statement> body)
    {
        StepBack();
        return body;
    }

    private static bool Closes(string name) => name.StartsWith("end", StringComparison.Ordinal) || name is "else" or "elif";

    private Print PrintOf(int line)
    {
        var value = Tuple();
        End(TokenKind.VariableEnd, "}}");
        return new(line, value);
    }

    private Statement Tag(int line)
    {
        var name = Name();
        return name switch
        {
            "if" => IfTag(line),
            "for" => ForTag(line),
            "set" => SetTag(line),
            "macro" => MacroTag(line),
            "generation" => new Block(line, Closed("endgeneration")),
            "break" or "continue" => Jumped(line, name),
            _ => throw JinjaException.Syntax($"The tag '{{% {name} %}}' is not supported in chat templates", line),
        };
    }

    private If IfTag(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        do
        {
            var condition = Tuple();
            End();
            branches.Add((condition, Body("elif", "else", "endif")));
        }
        while (Accept("elif", TokenKind.Name));
        return new(line, branches, ElseUntil("endif"));
    }

    private For ForTag(int line)
    {
        var targets = Targets();
        if (!Accept("in", TokenKind.Name)) throw JinjaException.Syntax($"expected 'in', found '{Current.Value}'", Current.Line);
        var items = Or();
        var filter = Accept("if", TokenKind.Name) ? Expression() : null;
        if (Is("recursive", TokenKind.Name)) throw JinjaException.Syntax("Recursive loops are not supported in chat templates", line);
        End();
        var body = Body("else", "endfor");
        return new(line, targets, items, filter, body, ElseUntil("endfor"));
    }

    private Statement SetTag(int line)
    {
        var targets = Targets();
        if (targets.Count == 1 && Accept("."))
        {
            var member = Name();
            Expect("=");
            var assigned = Tuple();
            End();
            return new SetMember(line, targets[0], member, assigned);
        }
        if (!Accept("=")) return new SetBlock(line, targets[0], Closed("endset"));
        var value = Tuple();
        End();
        return new Set(line, targets, value);
    }

    private Macro MacroTag(int line)
    {
        var name = Name();
        Expect("(");
        var parameters = Items(")", () => (Name(), Accept("=") ? Expression() : null));
        return new(line, name, parameters, Closed("endmacro"));
    }

    private Jump Jumped(int line, string name)
    {
        End();
        return new(line, Leaves: name == "break");
    }

    private List<string> Targets()
    {
        var bracketed = Accept("(");
        var targets = new List<string> { Name() };
        while (Accept(",")) targets.Add(Name());
        if (bracketed) Expect(")");
        return targets;
    }

    private List<Statement> ElseUntil(string end)
    {
        if (!Accept("else", TokenKind.Name)) { Close(end); return []; }
        End();
        var body = Body(end);
        Close(end);
        return body;
    }

    // The rest of the opening tag, the body, and the closing tag.
    private List<Statement> Closed(string end)
    {
        End();
        var body = Body(end);
        Close(end);
        return body;
    }

    private void Close(string end)
    {
        if (!Accept(end, TokenKind.Name)) throw JinjaException.Syntax($"expected '{{% {end} %}}', found '{{% {Current.Value} %}}'", Current.Line);
        if (Current.Kind == TokenKind.Name) Take();                                                     // {% endmacro name %}
        End();
    }

    private void End(TokenKind kind = TokenKind.BlockEnd, string close = "%}")
    {
        if (Current.Kind != kind) throw JinjaException.Syntax($"expected '{close}', found '{Current.Value}'", Current.Line);
        Take();
    }
}
