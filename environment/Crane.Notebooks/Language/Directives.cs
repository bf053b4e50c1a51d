using System.Text.RegularExpressions;
using Crane.Notebooks.Engine;

namespace Crane.Notebooks.Language;

/// <summary>Completion of the lines that are the engine's, not the compiler's: <c>#!</c> commands and the packages of <c>#r "nuget: …"</c>.</summary>
internal static partial class Directives
{
    /// <summary>What may stand at the place; null when its line is C#.</summary>
    public static (int Start, (string Text, string Kind)[] Matches)? Complete(string code, int at)
    {
        var line = code[(code.LastIndexOf('\n', Math.Max(0, at - 1), at) + 1)..at];
        if (Package().Match(line) is { Success: true } package)
            return (at - package.Groups[1].Length, Starting(package.Groups[1].Value, ShippedPackages.Names, "package"));
        if (Magic().Match(line) is { Success: true } magic)
            return (at - magic.Groups[1].Length, Starting(magic.Groups[1].Value, CellSource.Magics.Select(m => m.Name).Append("#r \"nuget: ").Append("#r \""),
                "command"));
        return null;
    }

    private static (string, string)[] Starting(string typed, IEnumerable<string> names, string kind) =>
        [.. names.Where(n => n.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.OrdinalIgnoreCase).Select(n => (n, kind))];

    [GeneratedRegex(@"^\s*(#[!r]?\w*)$")]
    private static partial Regex Magic();

    [GeneratedRegex(@"^\s*#r\s+""nuget:\s*([\w.\-]*)$")]
    private static partial Regex Package();
}
