using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Crane.Notebooks.Engine;

/// <summary>A piece of a cell in one language. C# keeps its line numbers: what does not belong to the piece is blank.</summary>
internal sealed record CellPart(bool IsMarkdown, string Text);

/// <summary>A cell taken apart: its <c>#r</c> and <c>#!</c> lines, and the pieces between them.</summary>
internal sealed partial record CellSource(IReadOnlyList<(string Reference, int Line)> References, bool Timed, bool About, IReadOnlyList<CellPart> Parts)
{
    private static readonly string[] Magics = ["#!csharp", "#!markdown", "#!time", "#!about"];

    /// <exception cref="CellSourceException">An unknown magic command.</exception>
    public static CellSource Parse(string code)
    {
        var lines = code.ReplaceLineEndings("\n").Split('\n');
        var references = new List<(string, int)>();
        var parts = new List<(bool IsMarkdown, string[] Lines)> { (false, Blank(lines.Length)) };
        bool timed = false, about = false;
        var opaque = LinesInsideTokens(code);
        for (var i = 0; i < lines.Length; i++)
        {
            var isMarkdown = parts[^1].IsMarkdown;
            if (Magic().Match(lines[i]) is { Success: true } magic && (isMarkdown || !opaque.Contains(i)))
                switch (magic.Value.Trim())
                {
                    case "#!csharp" or "#!c#" or "#!C#": parts.Add((false, Blank(lines.Length))); break;
                    case "#!markdown": parts.Add((true, Blank(lines.Length))); break;
                    case "#!time": timed = true; break;
                    case "#!about": about = true; break;
                    default:
                        throw new CellSourceException($"'{magic.Value.Trim()}' is not a command of this engine. It has {string.Join(", ", Magics)}.", i + 1);
                }
            else if (!isMarkdown && !opaque.Contains(i) && Reference().Match(lines[i]) is { Success: true } reference)
                references.Add((reference.Groups[1].Value.Trim(), i + 1));
            else
                parts[^1].Lines[i] = lines[i];
        }
        return new CellSource(references, timed, about, [.. parts.Where(p => p.Lines.Any(l => l.Length > 0)).Select(p => Part(p.IsMarkdown, p.Lines))]);
    }

    private static CellPart Part(bool isMarkdown, string[] lines)
    {
        var text = string.Join('\n', lines);
        return new CellPart(isMarkdown, isMarkdown ? text.Trim('\n') : text);
    }

    private static string[] Blank(int length) => [.. Enumerable.Repeat("", length)];

    // A line that begins inside a raw string or a long comment is text, whatever it begins with.
    private static HashSet<int> LinesInsideTokens(string code)
    {
        var inside = new HashSet<int>();
        if (!code.Contains("\"\"\"") && !code.Contains("@\"") && !code.Contains("/*"))
            return inside;
        var root = CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(kind: SourceCodeKind.Script)).GetRoot();
        var spans = root.DescendantTokens().Where(t => !t.IsKind(SyntaxKind.EndOfFileToken)).Select(t => t.GetLocation())
            .Concat(root.DescendantTrivia().Where(t => t.IsKind(SyntaxKind.MultiLineCommentTrivia)).Select(t => t.GetLocation()));
        foreach (var span in spans.Select(s => s.GetLineSpan()))
            for (var line = span.StartLinePosition.Line + 1; line <= span.EndLinePosition.Line; line++)
                inside.Add(line);
        return inside;
    }

    [GeneratedRegex(@"^\s*#!\S+")]
    private static partial Regex Magic();

    [GeneratedRegex(@"^\s*#r\s+""([^""]+)""")]
    private static partial Regex Reference();
}

/// <summary>A line of a cell that the engine, not the compiler, refuses.</summary>
internal sealed class CellSourceException(string message, int line) : Exception(message)
{
    public int Line => line;
}
