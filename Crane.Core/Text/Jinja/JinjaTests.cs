namespace Crane.Core.Text.Jinja;

/// <summary>What stands after <c>is</c>.</summary>
internal static class JinjaTests
{
    private static readonly Dictionary<string, Func<object?, IReadOnlyList<object?>, bool>> Tests = new()
    {
        ["defined"] = (value, _) => value is not Undefined,
        ["undefined"] = (value, _) => value is Undefined,
        ["none"] = (value, _) => value is null,
        ["true"] = (value, _) => value is true,
        ["false"] = (value, _) => value is false,
        ["boolean"] = (value, _) => value is bool,
        ["string"] = (value, _) => value is string,
        ["number"] = (value, _) => value is long or double or bool,
        ["integer"] = (value, _) => value is long,
        ["float"] = (value, _) => value is double,
        ["mapping"] = (value, _) => value is JinjaDict,
        ["sequence"] = (value, _) => value is string or List<object?> or JinjaDict or Undefined,
        ["iterable"] = (value, _) => value is string or List<object?> or JinjaDict or Undefined,
        ["callable"] = (value, _) => value is JinjaFunction,
        ["odd"] = (value, _) => Math.Abs(JinjaOperators.Whole(value) ?? 0) % 2 == 1,
        ["even"] = (value, _) => JinjaOperators.Whole(value) is { } whole && whole % 2 == 0,
        ["divisibleby"] = (value, args) => JinjaOperators.AreEqual(JinjaOperators.Apply("%", value, args[0]), 0L),
        ["sameas"] = (value, args) => ReferenceEquals(value, args[0]) || (value is bool or null && Equals(value, args[0])),
        ["in"] = (value, args) => JinjaOperators.Compare("in", value, args[0]),
        ["eq"] = (value, args) => JinjaOperators.AreEqual(value, args[0]),
        ["equalto"] = (value, args) => JinjaOperators.AreEqual(value, args[0]),
        ["ne"] = (value, args) => !JinjaOperators.AreEqual(value, args[0]),
        ["lt"] = (value, args) => JinjaOperators.Compare("<", value, args[0]),
        ["le"] = (value, args) => JinjaOperators.Compare("<=", value, args[0]),
        ["gt"] = (value, args) => JinjaOperators.Compare(">", value, args[0]),
        ["ge"] = (value, args) => JinjaOperators.Compare(">=", value, args[0]),
    };

    private static readonly HashSet<string> NeedArgument = ["divisibleby", "sameas", "in", "eq", "equalto", "ne", "lt", "le", "gt", "ge"];

    public static bool Has(string name) => Tests.ContainsKey(name);

    public static bool Apply(string name, object? value, IReadOnlyList<object?> args) =>
        args.Count > 0 || !NeedArgument.Contains(name) ? Tests[name](value, args) : throw JinjaException.Type($"the test '{name}' needs an argument");
}
