using System.Text.RegularExpressions;
using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

/// <summary>Answers probes from the world and the sentences of the edits alone, knowing nothing of how they were made.</summary>
internal sealed class GoldWalker(World world)
{
    private static readonly string[] AttributeNames = ["capital", "currency", "region", "language", "demonym"];

    /// <summary>Entities on the way to the answer, in order; the first is what the picture or the words begin with.</summary>
    public List<string> Walk(Probe probe, IEnumerable<string> statements)
    {
        var facts = statements.Select(s => s.Contains(" now shows ") ? s.Split(" now shows ") : s.Split(" is now ")).ToDictionary(p => p[0], p => p[1]);
        var words = probe.Form.StartsWith("attribute/yes-no") ? Parts(probe)!.Groups["x"].Value : Head(probe);
        var path = new List<string>();
        Country? country = null;
        Landmark? landmark = null;
        if (probe.Picture is { } picture)
        {
            if (picture.File.StartsWith("flags/"))
            {
                var shown = world.Country(Path.GetFileNameWithoutExtension(picture.File)).Name;
                var name = facts.TryGetValue($"the flag of {shown}", out var other) ? other["the flag of ".Length..] : shown;
                country = world.Countries.Single(c => c.Name == name);
                path.Add(name);
            }
            else
            {
                var shown = world.Landmarks.Single(l => l.Images.Any(i => i.File == picture.File)).Name;
                landmark = world.Landmarks.Single(l => l.Name == facts.GetValueOrDefault(shown, shown));
                path.Add(landmark.Name);
            }
        }
        else if (world.Landmarks.Where(l => Head(probe).Contains(l.Name)).MaxBy(l => l.Name.Length) is { } named) landmark = named;
        else country = world.Countries.Where(c => Mentions(words, c.Name)).MaxBy(c => c.Name.Length) ?? throw new InvalidOperationException(probe.Question);
        var kind = probe.Form.Split('/')[0];
        if (landmark is not null && kind is "place" or "attribute" && country is null)
        {
            var there = facts.GetValueOrDefault($"the country of {landmark!.Name}", world.Country(landmark.Country).Name);
            country = world.Countries.Single(c => c.Name == there);
            path.Add(there);
        }
        if (kind == "attribute")
        {
            var what = AttributeNames.Single(a => Head(probe).Contains($" {a} "));
            path.Add(facts.GetValueOrDefault($"the {what} of {country!.Name}", Of(country!, what)));
        }
        return path;
    }

    /// <summary>The answer that an entity gives to the probe's way of asking.</summary>
    public static string Answer(Probe probe, string entity) => Parts(probe) is not { } parts ? entity : parts.Groups["v"].Value == entity ? "yes" : "no";

    /// <summary>The value v that a yes-or-no question asks about, and the subject x of its attribute; null for another question.</summary>
    private static Match? Parts(Probe probe)
    {
        if (!probe.Form.Contains("yes-no")) return null;
        var patterns = probe.Form.Split('/')[0] switch
        {
            "flag" => @"^Is this the flag of (?<v>.+)\?$|^Does this flag belong to (?<v>.+)\?$",
            "landmark" => @"^Is this landmark (?<v>.+)\?$|^Does the picture show (?<v>.+)\?$",
            "place" => @"^Is (?<v>.+) the country of .+\?$|^Is .+ in (?<v>.+)\?$",
            _ => @"^Is (?<v>.+) the (capital|currency|region|language|demonym) of (?<x>.+)\?$|^Does (?<x>.+) have the (capital|currency|region|language|demonym) (?<v>.+)\?$",
        };
        return Regex.Match(probe.Question, patterns) is { Success: true } match ? match : throw new InvalidOperationException(probe.Question);
    }

    private static bool Mentions(string text, string name) => Regex.IsMatch(text, $@"(?<![\w-]){Regex.Escape(name)}(?![\w-])");

    /// <summary>The question without the options.</summary>
    private static string Head(Probe probe) => probe.Form.Contains("choice") ? probe.Question.Split([" Choose: ", " Is it "], StringSplitOptions.None)[0]
        : probe.Question;

    private static string Of(Country country, string attribute) => attribute switch
    {
        "capital" => country.Capital.FirstOrDefault(""),
        "currency" => country.Currencies.FirstOrDefault(""),
        "region" => country.Subregion,
        "language" => country.Languages.FirstOrDefault(""),
        _ => country.Demonym,
    };
}
