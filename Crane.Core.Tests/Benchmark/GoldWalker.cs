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
        var words = probe.Question.Contains('?') || probe.Question.Contains('.') ? Head(probe) : throw new InvalidOperationException(probe.Question);
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
        else if (world.Landmarks.Where(l => words.Contains(l.Name)).MaxBy(l => l.Name.Length) is { } named) landmark = named;
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
            var what = AttributeNames.Single(a => words.Contains($" {a} "));
            path.Add(facts.GetValueOrDefault($"the {what} of {country!.Name}", Of(country!, what)));
        }
        return path;
    }

    /// <summary>The answer that an entity gives to the probe's way of asking.</summary>
    public static string Answer(Probe probe, string entity) => !probe.Form.Contains("yes-no") ? entity : Mentions(probe.Question, entity) ? "yes" : "no";

    private static bool Mentions(string text, string name) => System.Text.RegularExpressions.Regex.IsMatch(text, $@"(?<!\w){System.Text.RegularExpressions.Regex.Escape(name)}(?!\w)");

    /// <summary>The question without the options.</summary>
    private static string Head(Probe probe) => probe.Form.Contains("choice") ? probe.Question.Split([" Choose: ", " Is it "], StringSplitOptions.None)[0] : probe.Question;

    private static string Of(Country country, string attribute) => attribute switch
    {
        "capital" => country.Capital[0],
        "currency" => country.Currencies[0],
        "region" => country.Subregion,
        "language" => country.Languages[0],
        _ => country.Demonym,
    };
}
