using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Crane.Notebooks.Engine;

/// <summary>A piece of a cell in one language.</summary>
internal abstract record CellPart;

/// <summary>C#, which keeps its line numbers: what does not belong to the piece is blank.</summary>
internal sealed record CSharpPart(string Code) : CellPart;

/// <summary>Text to be shown.</summary>
internal sealed record MarkdownPart(string Text) : CellPart;

/// <summary>A file whose cells run here.</summary>
internal sealed record ImportPart(string Path, int Line) : CellPart;

/// <summary>A cell taken apart: its <c>#r</c> and <c>#!</c> lines, and the pieces between them.</summary>
internal sealed partial record CellSource(IReadOnlyList<(string Reference, int Line)> References, bool Timed, bool About, IReadOnlyList<CellPart> Parts)
{
    /// <summary>The commands, each with what it does.</summary>
    public static IReadOnlyList<(string Name, string Help)> Magics { get; } =
    [
        ("#!csharp", "what follows is C#"), ("#!markdown", "what follows is text in Markdown"),
        ("#!import", "runs the cells of a notebook, or a file of C#: #!import path"),
        ("#!time", "shows the wall time of the cell"), ("#!about", "shows the engine's versions and packages"),
    ];

    /// <exception cref="CellSourceException">An unknown magic command.</exception>
    public static CellSource Parse(string code)
    {
        var lines = code.ReplaceLineEndings("\n").Split('\n');
        var references = new List<(string, int)>();
        var parts = new List<CellPart>();
        var (isMarkdown, current) = (false, Blank(lines.Length));
        bool timed = false, about = false;
        var opaque = LinesInsideTokens(code);
        for (var i = 0; i < lines.Length; i++)
            if (Magic().Match(lines[i]) is { Success: true } magic && (isMarkdown || !opaque.Contains(i)))
                switch (magic.Groups[1].Value)
                {
                    case "#!csharp" or "#!c#" or "#!C#": Next(false); break;
                    case "#!markdown": Next(true); break;
                    case "#!import": Next(false); parts.Add(new ImportPart(PathOf(magic.Groups[2].Value, i + 1), i + 1)); break;
                    case "#!time": timed = true; break;
                    case "#!about": about = true; break;
                    case var unknown: throw new CellSourceException($"'{unknown}' is not a command of this engine. It has {string.Join(", ", Magics.Select(m => m.Name))}.", i + 1);
                }
            else if (!isMarkdown && !opaque.Contains(i) && Reference().Match(lines[i]) is { Success: true } reference)
                references.Add((reference.Groups[1].Value.Trim(), i + 1));
            else
                current[i] = lines[i];
        Next(false);
        return new CellSource(references, timed, about, parts);

        void Next(bool markdown)
        {
            if (current.Any(l => l.Length > 0))
                parts.Add(isMarkdown ? new MarkdownPart(string.Join('\n', current).Trim('\n')) : new CSharpPart(string.Join('\n', current)));
            (isMarkdown, current) = (markdown, Blank(lines.Length));
        }
    }

    /// <summary>The C# of a cell with everything else blanked out, character for character, for tools that ask about a place in it.</summary>
    public static string CSharpOnly(string code)
    {
        var lines = code.Split('\n');
        var (isMarkdown, opaque) = (false, LinesInsideTokens(code));
        for (var i = 0; i < lines.Length; i++)
        {
            var magic = Magic().Match(lines[i]) is { Success: true } match && (isMarkdown || !opaque.Contains(i)) ? match.Groups[1].Value : null;
            isMarkdown = magic is null ? isMarkdown : magic == "#!markdown";
            if (isMarkdown || magic is not null || (!opaque.Contains(i) && Reference().IsMatch(lines[i])))
                lines[i] = new string(' ', lines[i].Length);
        }
        return string.Join('\n', lines);
    }

    private static string PathOf(string argument, int line) => argument.Trim().Trim('"') is { Length: > 0 } path ? path
        : throw new CellSourceException("'#!import' takes the path of a notebook (.ipynb) or of a file of C# (.cs, .csx).", line);

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

    [GeneratedRegex(@"^\s*(#!\S+)(.*)$", RegexOptions.Singleline)]
    private static partial Regex Magic();

    [GeneratedRegex(@"^\s*#r\s+""([^""]+)""")]
    private static partial Regex Reference();
}

/// <summary>A line of a cell that the engine, not the compiler, refuses.</summary>
internal sealed class CellSourceException(string message, int line) : Exception(message)
{
    public int Line => line;
}
