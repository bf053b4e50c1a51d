using System.Text.RegularExpressions;

namespace Crane.Notebooks.Engine;

/// <summary>A package as <c>#r "nuget: Id, version"</c> names it.</summary>
/// <param name="Id">Letters, digits, points, dashes and underlines.</param>
/// <param name="Version">A version, perhaps with <c>*</c>; null: the newest release.</param>
internal sealed partial record PackageName(string Id, string? Version)
{
    /// <exception cref="CellSourceException">It is not of that form. Nothing else gets into the project file that is restored.</exception>
    public static PackageName Parse(string text, int line)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts is [var id, .. { Length: <= 1 } rest] && Identifier().IsMatch(id) && rest.All(v => Number().IsMatch(v)))
            return new PackageName(id, rest.FirstOrDefault());
        throw new CellSourceException($"'{text.Trim()}' names no package; #r \"nuget: Package.Id, 1.2.3\" was expected.", line);
    }

    public override string ToString() => Version is null ? Id : $"{Id} {Version}";

    [GeneratedRegex(@"^[A-Za-z0-9_]+([.\-][A-Za-z0-9_]+)*$")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^[0-9*][0-9A-Za-z.*+\-]*$")]
    private static partial Regex Number();
}
