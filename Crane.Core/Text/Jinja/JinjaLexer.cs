using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Crane.Core.Text.Jinja;

internal enum TokenKind { Data, BlockBegin, BlockEnd, VariableBegin, VariableEnd, Name, Text, Number, Operator, End }

/// <param name="Kind">What it is.</param>
/// <param name="Value">As written; text literals without quotes and escapes.</param>
/// <param name="Line">From 1.</param>
internal readonly record struct Token(TokenKind Kind, string Value, int Line);

/// <summary>
/// Cuts a template into tokens. White space as Hugging Face sets it (trim_blocks, lstrip_blocks): a newline after a block tag and blanks before one that
/// begins its line are dropped; <c>-</c> drops all white space on its side, <c>+</c> keeps it.
/// </summary>
internal sealed partial class JinjaLexer
{
    private readonly string source;
    private readonly List<Token> tokens = [];
    private int at, line = 1;
    private bool lineStarts = true;

    private JinjaLexer(string source) => this.source = source;

    public static List<Token> Read(string template)
    {
        var source = template.ReplaceLineEndings("\n");
        var lexer = new JinjaLexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.ReadAll();
        return lexer.tokens;
    }

    [GeneratedRegex(@"\G(?:\s+|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<text>'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*"")|(?<operator>\*\*|//|==|!=|<=|>=|[-+*/%~<>=.,:|()\[\]{}]))",
        RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Inside();

    [GeneratedRegex(@"\G\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})(?<data>.*?)(?<end>\{%(?<sign>[-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?))",
        RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Raw();

    [GeneratedRegex(@"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Escape();

    private void ReadAll()
    {
        while (at < source.Length)
        {
            var open = NextOpen();
            var kind = open < source.Length ? source[open + 1] : ' ';
            var sign = open + 2 < source.Length && source[open + 2] is '-' or '+' ? source[open + 2] : ' ';
            Data(open, kind, sign);
            if (open == source.Length) break;
            if (kind == '%' && Raw().Match(source, open) is { Success: true } raw) ReadRaw(raw);
            else if (kind == '#') SkipComment(open);
            else ReadTag(open, kind, sign);
        }
        tokens.Add(new(TokenKind.End, "the end", line));
    }

    private int NextOpen()
    {
        for (var open = source.IndexOf('{', at); open >= 0 && open + 1 < source.Length; open = source.IndexOf('{', open + 1))
            if (source[open + 1] is '%' or '{' or '#') return open;
        return source.Length;
    }

    private void Data(int end, char kind, char sign)
    {
        var text = source[at..end];
        var kept = text;
        if (end < source.Length && sign == '-') kept = text.TrimEnd();
        else if (end < source.Length && sign != '+' && kind != '{')
        {
            var lineAt = text.LastIndexOf('\n') + 1;
            if ((lineAt > 0 || lineStarts) && text.AsSpan(lineAt).IsWhiteSpace()) kept = text[..lineAt];
        }
        if (kept.Length > 0) tokens.Add(new(TokenKind.Data, kept, line));
        Advance(end);
    }

    private void ReadRaw(Match raw)
    {
        var text = raw.Groups["data"].Value;
        tokens.Add(new(TokenKind.Data, raw.Groups["sign"].Value == "-" ? text.TrimEnd() : text, line));
        Advance(raw.Index + raw.Length);
    }

    private void SkipComment(int open)
    {
        var end = source.IndexOf("#}", open + 2, StringComparison.Ordinal);
        if (end < 0) throw JinjaException.Syntax("Missing end of comment tag", line);
        Advance(AfterTag(end + 2, source[end - 1], trims: true));
    }

    private void ReadTag(int open, char kind, char sign)
    {
        var (begin, end, close) = kind == '%' ? (TokenKind.BlockBegin, TokenKind.BlockEnd, "%}") : (TokenKind.VariableBegin, TokenKind.VariableEnd, "}}");
        tokens.Add(new(begin, source.Substring(open, 2), line));
        Advance(open + (sign == ' ' ? 2 : 3));
        for (var depth = 0; ;)
        {
            var signed = at < source.Length && source[at] is '-' or '+' ? 1 : 0;
            if (depth == 0 && string.CompareOrdinal(source, at + signed, close, 0, 2) == 0)
            {
                tokens.Add(new(end, close, line));
                Advance(AfterTag(at + signed + 2, signed == 1 ? source[at] : ' ', trims: kind == '%'));
                return;
            }
            depth += Word(close);
        }
    }

    // One word of an expression; returns by how much it opens or closes brackets.
    private int Word(string close)
    {
        if (at >= source.Length) throw JinjaException.Syntax($"unexpected end of template, expected '{close}'", line);
        var match = Inside().Match(source, at);
        if (!match.Success) throw JinjaException.Syntax($"unexpected char '{source[at]}'", line);
        if (match.Groups["name"].Success) tokens.Add(new(TokenKind.Name, match.Value, line));
        else if (match.Groups["number"].Success) tokens.Add(new(TokenKind.Number, match.Value.Replace("_", ""), line));
        else if (match.Groups["text"].Success) tokens.Add(new(TokenKind.Text, Unescape(match.Value[1..^1]), line));
        else if (match.Groups["operator"].Success) tokens.Add(new(TokenKind.Operator, match.Value, line));
        Advance(match.Index + match.Length);
        return match.Value switch { "(" or "[" or "{" => 1, ")" or "]" or "}" => -1, _ => 0 };
    }

    private int AfterTag(int end, char sign, bool trims)
    {
        if (sign == '-') while (end < source.Length && char.IsWhiteSpace(source[end])) end++;
        else if (trims && sign != '+' && end < source.Length && source[end] == '\n') end++;
        return end;
    }

    private void Advance(int to)
    {
        if (to == at) return;
        line += source.AsSpan(at, to - at).Count('\n');
        lineStarts = source[to - 1] == '\n';
        at = to;
    }

    private static string Unescape(string text) => Escape().Replace(text, match => match.Value[1] switch
    {
        'n' => "\n", 't' => "\t", 'r' => "\r", 'a' => "\a", 'b' => "\b", 'f' => "\f", 'v' => "\v", '\n' => "",
        '\\' or '\'' or '"' => match.Value[1..],
        'x' or 'u' or 'U' when match.Length > 2 => char.ConvertFromUtf32(int.Parse(match.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        >= '0' and <= '7' => ((char)Convert.ToInt32(match.Value[1..], 8)).ToString(),
        _ => match.Value,
    });
}
