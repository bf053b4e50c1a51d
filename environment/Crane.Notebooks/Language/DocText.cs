using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Crane.Notebooks.Language;

/// <summary>A documentation comment as text.</summary>
internal static partial class DocText
{
    public static string Of(string xml)
    {
        XElement root;
        try
        {
            root = XElement.Parse($"<doc>{xml}</doc>", LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return "";   // a comment that somebody wrote by hand need not be XML
        }
        var text = new StringBuilder();
        foreach (var element in root.Descendants("summary").Take(1))
            text.AppendLine(Flat(element));
        Named(text, "Type parameters", root.Descendants("typeparam"), e => (string?)e.Attribute("name"));
        Named(text, "Parameters", root.Descendants("param"), e => (string?)e.Attribute("name"));
        foreach (var element in root.Descendants("returns").Take(1))
            text.AppendLine().AppendLine($"Returns: {Flat(element)}");
        Named(text, "Throws", root.Descendants("exception"), e => Short((string?)e.Attribute("cref")));
        foreach (var element in root.Descendants("remarks").Take(1))
            text.AppendLine().AppendLine(Flat(element));
        return text.ToString().Trim();
    }

    private static void Named(StringBuilder text, string heading, IEnumerable<XElement> elements, Func<XElement, string?> name)
    {
        var all = elements.ToArray();
        if (all.Length == 0)
            return;
        text.AppendLine().AppendLine($"{heading}:");
        foreach (var element in all)
            text.AppendLine($"  {name(element)}: {Flat(element)}");
    }

    private static string Flat(XElement element) => Space().Replace(string.Concat(element.Nodes().Select(Inline)), " ").Trim();

    private static string Inline(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref" } link when link.IsEmpty || link.Value.Length == 0 =>
            Short((string?)link.Attribute("cref")) ?? (string?)link.Attribute("name") ?? (string?)link.Attribute("langword")
                ?? (string?)link.Attribute("href") ?? "",
        XElement other => Flat(other) + (other.Name.LocalName is "para" or "item" ? " " : ""),
        _ => "",
    };

    // "M:System.Console.WriteLine(System.String)" → "Console.WriteLine"
    private static string? Short(string? cref)
    {
        if (cref is null)
            return null;
        var name = cref.Split(':').Last().Split('(')[0].Split('`')[0];
        var parts = name.Split('.');
        return cref.StartsWith("T:", StringComparison.Ordinal) || parts.Length < 2 ? parts[^1] : $"{parts[^2]}.{parts[^1]}";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
