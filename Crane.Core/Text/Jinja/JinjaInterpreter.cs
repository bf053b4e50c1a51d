using System.Globalization;
using System.Text;

namespace Crane.Core.Text.Jinja;

/// <summary>Names that a template sees. A loop's round and a macro have a scope of their own; an if has none.</summary>
internal sealed class JinjaScope(JinjaScope? outer)
{
    private readonly Dictionary<string, object?> names = [];

    public object? this[string name]
    {
        get => names.TryGetValue(name, out var value) ? value : outer is null ? new Undefined($"'{name}' is undefined") : outer[name];
        set => names[name] = value;
    }
}

/// <summary>Runs a template.</summary>
internal sealed class JinjaInterpreter
{
    private const int LongestRange = 100_000;
    private StringBuilder written = new();

    private enum Flow { Next, Continue, Break }

    /// <exception cref="JinjaException">The template raised an error, or asked a value for what it does not have.</exception>
    public static string Render(IReadOnlyList<Statement> template, IEnumerable<KeyValuePair<string, object?>> variables)
    {
        var scope = new JinjaScope(null)
        {
            ["namespace"] = (JinjaFunction)((_, named) => new JinjaNamespace(named)),
            ["dict"] = (JinjaFunction)((_, named) => JinjaValues.DictOf(named.Select(pair => (pair.Key, pair.Value)))),
            ["range"] = (JinjaFunction)((args, _) => Range(args)),
            ["raise_exception"] = (JinjaFunction)((args, _) => throw new JinjaException("TemplateError", JinjaText.Of(args.ElementAtOrDefault(0)))),
            ["strftime_now"] = (JinjaFunction)((args, _) => Strftime.Format(DateTime.Now, JinjaMethods.Text(args, 0))),
        };
        foreach (var (name, value) in variables) scope[name] = value;
        var interpreter = new JinjaInterpreter();
        interpreter.Run(template, scope);
        return interpreter.written.ToString();
    }

    private Flow Run(IReadOnlyList<Statement> body, JinjaScope scope)
    {
        foreach (var statement in body)
        {
            try
            {
                if (Run(statement, scope) is not Flow.Next and var flow) return flow;
            }
            catch (JinjaException e) when (e.Line == 0) { throw e.At(statement.Line, statement.Construct); }
            catch (OverflowException) { throw new JinjaException("OverflowError", "a number is too large", statement.Line, statement.Construct); }
        }
        return Flow.Next;
    }

    private Flow Run(Statement statement, JinjaScope scope)
    {
        switch (statement)
        {
            case Output output: written.Append(output.Text); break;
            case Print print: written.Append(JinjaText.Of(Value(print.Value, scope))); break;
            case Set set: Assign(set.Targets, Value(set.Value, scope), scope); break;
            case SetMember set: Member(scope, set.Target)[set.Member] = Value(set.Value, scope); break;
            case SetBlock set: scope[set.Target] = Captured(set.Body, scope); break;
            case Macro macro: scope[macro.Name] = Function(macro, scope); break;
            case Jump jump: return jump.Leaves ? Flow.Break : Flow.Continue;
            case Block block: return Run(block.Body, scope);
            case If choice: return Run(choice.Branches.FirstOrDefault(branch => JinjaValues.IsTrue(Value(branch.Condition, scope))).Body ?? choice.Else, scope);
            case For loop: return Loop(loop, scope);
        }
        return Flow.Next;
    }

    private Flow Loop(For loop, JinjaScope scope)
    {
        JinjaScope With(object? item) { var round = new JinjaScope(scope); Assign(loop.Targets, item, round); return round; }
        List<object?> items = [.. JinjaValues.Items(Value(loop.Items, scope))
            .Where(item => loop.Filter is null || JinjaValues.IsTrue(Value(loop.Filter, With(item))))];
        for (var i = 0; i < items.Count; i++)
        {
            var round = With(items[i]);
            round["loop"] = LoopVariable(items, i);
            if (Run(loop.Body, round) == Flow.Break) break;
        }
        return items.Count == 0 ? Run(loop.Else, scope) : Flow.Next;
    }

    private static JinjaDict LoopVariable(List<object?> items, int i) => new()
    {
        ["index"] = i + 1L, ["index0"] = (long)i, ["revindex"] = (long)(items.Count - i), ["revindex0"] = items.Count - i - 1L,
        ["first"] = i == 0, ["last"] = i == items.Count - 1, ["length"] = (long)items.Count,
        ["previtem"] = i > 0 ? items[i - 1] : new Undefined("there is no previous item"),
        ["nextitem"] = i < items.Count - 1 ? items[i + 1] : new Undefined("there is no next item"),
        ["cycle"] = (JinjaFunction)((args, _) => args[i % args.Count]),
    };

    private static void Assign(IReadOnlyList<string> targets, object? value, JinjaScope scope)
    {
        if (targets.Count == 1) { scope[targets[0]] = value; return; }
        object?[] parts = [.. JinjaValues.Items(value)];
        if (parts.Length != targets.Count) throw new JinjaException("ValueError", $"{targets.Count} names, but {parts.Length} values to unpack");
        for (var i = 0; i < parts.Length; i++) scope[targets[i]] = parts[i];
    }

    private static JinjaNamespace Member(JinjaScope scope, string name) =>
        JinjaValues.Defined(scope[name]) as JinjaNamespace
            ?? throw new JinjaException("TemplateRuntimeError", "cannot assign attribute on non-namespace object");

    private string Captured(IReadOnlyList<Statement> body, JinjaScope scope)
    {
        var outer = written;
        written = new();
        try { Run(body, scope); return written.ToString(); }
        finally { written = outer; }
    }

    private JinjaFunction Function(Macro macro, JinjaScope defined) => (positional, named) =>
    {
        var scope = new JinjaScope(defined);
        if (positional.Count > macro.Parameters.Count)
            throw JinjaException.Type($"macro '{macro.Name}' takes not more than {macro.Parameters.Count} argument(s)");
        if (named.Keys.FirstOrDefault(name => macro.Parameters.All(parameter => parameter.Name != name)) is { } unknown)
            throw JinjaException.Type($"macro '{macro.Name}' takes no keyword argument '{unknown}'");
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, otherwise) = macro.Parameters[i];
            scope[name] = i < positional.Count ? positional[i] : named.TryGetValue(name, out var given) ? given
                : otherwise is null ? new Undefined($"parameter '{name}' was not provided") : Value(otherwise, scope);
        }
        return Captured(macro.Body, scope);
    };

    private object? Value(Expression expression, JinjaScope scope) => expression switch
    {
        Literal literal => literal.Value,
        Variable variable => scope[variable.Name],
        ListLiteral list => list.Items.Select(item => Value(item, scope)).ToList(),
        DictLiteral dict => JinjaValues.DictOf(dict.Items.Select(item => (JinjaText.Of(Value(item.Key, scope)), Value(item.Value, scope)))),
        AttributeOf attribute => JinjaValues.Attribute(Value(attribute.Target, scope), attribute.Name),
        ItemOf item => JinjaValues.Item(Value(item.Target, scope), Value(item.Index, scope)),
        SliceOf slice => JinjaValues.Slice(Value(slice.Target, scope), Bound(slice.Start, scope), Bound(slice.Stop, scope), Bound(slice.Step, scope) ?? 1),
        Call call => Called(call, scope),
        Filtered filtered =>
            JinjaFilters.Apply(filtered.Name, Value(filtered.Target, scope), Positional(filtered.Arguments, scope), Named(filtered.Arguments, scope)),
        Tested tested => JinjaTests.Apply(tested.Name, Value(tested.Target, scope), Positional(tested.Arguments, scope)) != tested.Negated,
        Unary { Operator: "not" } not => !JinjaValues.IsTrue(Value(not.Operand, scope)),
        Unary { Operator: "-" } minus => JinjaOperators.Negative(Value(minus.Operand, scope)),
        Unary plus => Value(plus.Operand, scope),
        Binary { Operator: "and" } and => Value(and.Left, scope) is var left && JinjaValues.IsTrue(left) ? Value(and.Right, scope) : left,
        Binary { Operator: "or" } or => Value(or.Left, scope) is var left && JinjaValues.IsTrue(left) ? left : Value(or.Right, scope),
        Binary { Operator: "~" } join => JinjaText.Of(Value(join.Left, scope)) + JinjaText.Of(Value(join.Right, scope)),
        Binary binary => JinjaOperators.Apply(binary.Operator, Value(binary.Left, scope), Value(binary.Right, scope)),
        Comparison comparison => Compared(comparison, scope),
        Conditional choice => JinjaValues.IsTrue(Value(choice.Condition, scope)) ? Value(choice.Then, scope)
            : choice.Else is null ? new Undefined("the inline if-expression evaluated to false and no else section was defined.") : Value(choice.Else, scope),
        _ => throw new InvalidOperationException($"No rule for {expression.GetType().Name}."),
    };

    private bool Compared(Comparison comparison, JinjaScope scope)
    {
        var left = Value(comparison.First, scope);
        foreach (var (name, next) in comparison.Rest)
        {
            var right = Value(next, scope);
            if (!JinjaOperators.Compare(name, left, right)) return false;
            left = right;
        }
        return true;
    }

    private object? Called(Call call, JinjaScope scope)
    {
        var target = JinjaValues.Defined(Value(call.Target, scope));
        return target is JinjaFunction function ? function(Positional(call.Arguments, scope), Named(call.Arguments, scope))
            : throw JinjaException.Type($"'{JinjaValues.TypeName(target)}' object is not callable");
    }

    private long? Bound(Expression? bound, JinjaScope scope) => bound is null ? null : Value(bound, scope) switch
    {
        null => null,
        long whole => whole,
        var other => throw JinjaException.Type($"slice indices must be integers or None, found {JinjaValues.TypeName(other)}"),
    };

    private List<object?> Positional(Arguments arguments, JinjaScope scope) => [.. arguments.Positional.Select(argument => Value(argument, scope))];

    private Dictionary<string, object?> Named(Arguments arguments, JinjaScope scope) =>
        arguments.Named.ToDictionary(argument => argument.Name, argument => Value(argument.Value, scope));

    private static List<object?> Range(IReadOnlyList<object?> args)
    {
        long[] bounds = [.. args.Select(arg => JinjaOperators.Whole(arg)
            ?? throw JinjaException.Type($"range needs integers, found {JinjaValues.TypeName(arg)}"))];
        var (start, stop, step) = bounds switch
        {
            [var end] => (0, end, 1),
            [var first, var end] => (first, end, 1),
            [var first, var end, var by] => (first, end, by),
            _ => throw JinjaException.Type("range takes 1 to 3 arguments"),
        };
        if (step == 0) throw new JinjaException("ValueError", "range() arg 3 must not be zero");
        var numbers = new List<object?>();
        for (var at = start; step > 0 ? at < stop : at > stop; at += step)
            if (numbers.Count < LongestRange) numbers.Add(at);
            else throw new JinjaException("OverflowError",
                $"Range too big. The sandbox blocks ranges larger than {LongestRange.ToString(CultureInfo.InvariantCulture)}.");
        return numbers;
    }
}
