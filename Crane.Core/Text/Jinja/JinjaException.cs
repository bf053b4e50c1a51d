namespace Crane.Core.Text.Jinja;

/// <summary>A chat template that cannot be read or rendered.</summary>
public sealed class JinjaException : Exception
{
    internal JinjaException(string kind, string reason, int line = 0, string construct = "")
        : base(line == 0 ? $"{kind}: {reason}" : $"{kind}: {reason} (chat template, line {line}{(construct.Length > 0 ? ", in " + construct : "")})") =>
        (Kind, Reason, Line) = (kind, reason, line);

    /// <summary>The name that Jinja or Python has for it: UndefinedError, TypeError, TemplateSyntaxError, TemplateAssertionError (no such filter or
    /// test), TemplateError (raised by the template itself).</summary>
    public string Kind { get; }

    /// <summary>What is wrong, in Jinja's words.</summary>
    public string Reason { get; }

    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; }

    internal JinjaException At(int line, string construct) => new(Kind, Reason, line, construct);

    internal static JinjaException Type(string reason) => new("TypeError", reason);

    internal static JinjaException Syntax(string reason, int line) => new("TemplateSyntaxError", reason, line);
}
