using System.Globalization;
using Crane.Core.Benchmark;

namespace Crane.Core.Training.Routing;

/// <summary>Attributes without end, of which nobody knows anything: an edit may be about something that no training asked for, so the chain has to look up
/// whatever words
/// the question has. Words are real or invented, one to three of them; values have every shape that a value may have.</summary>
/// <param name="names">Source of names as values.</param>
public sealed class OpenAttributes(AnyNames names)
{
    private const double InventedShare = 0.4, AcronymShare = 0.1, RepeatingShare = 0.4;
    private const string Capitals = "ABCDEFGHJKLMNPQRSTUVWXYZ";   // without I: an acronym of the out-of-distribution set is never drawn

    private static readonly string[] Nouns =
    [
        "bird", "flower", "anthem", "motto", "tree", "dish", "drink", "dance", "river", "lake", "desert", "valley", "island", "harbour", "airport", "railway",
        "newspaper", "bank", "museum", "university",
        "library", "market", "festival", "holiday", "poet", "painter", "composer", "president", "minister", "king", "queen", "parliament", "court", "army",
        "ship", "bridge", "gate", "owner", "founder", "keeper",
        "builder", "colour", "symbol", "stone", "metal", "export", "crop", "fruit", "animal", "fish", "horse", "insect", "instrument", "song", "costume",
        "alphabet", "dialect", "religion", "calendar", "season",
        "rainfall", "temperature", "altitude", "length", "width", "depth", "weight", "volume", "price", "tax", "budget", "debt", "income", "age", "rank",
        "number", "prefix", "suffix", "label", "nickname",
        "title", "origin", "purpose", "style", "period", "shape", "size", "speed", "voltage", "frequency", "signal", "channel", "network", "station", "road",
        "coast", "forest", "volcano", "island group", "team",
    ];

    private static readonly string[] Qualities =
    [
        "national", "official", "old", "second", "largest", "famous", "royal", "main", "oldest", "first", "public", "local", "common", "secret", "modern",
        "annual", "total", "average", "northern", "southern",
        "longest", "smallest", "former", "present", "ancient", "military", "postal", "legal", "popular", "traditional",
    ];

    private static readonly string[] Words =
    [
        "red", "long", "deer", "road", "white", "marble", "small", "green", "water", "silver", "left", "right", "open", "hill", "bear", "eagle", "rose", "oak",
        "rice", "bread", "tea", "unity", "peace", "work",
        "iron", "gold", "clay", "free", "upper", "lower", "cotton", "black", "lion", "star", "yes", "no", "true", "high", "low", "none",
    ];

    private static readonly string[] Units = ["metres", "tons", "hours", "people", "per cent", "years", "degrees"];

    /// <summary>Whether nobody knows a value of an attribute.</summary>
    public static bool IsOpen(CountryAttribute attribute) => Attributes.All.All(known => known.Name != attribute.Name);

    /// <summary>An attribute; nothing has a value of it.</summary>
    public static CountryAttribute Next(Random random) => new(Name(random), _ => null);

    /// <summary>Another attribute that shares a word with one, or none: only reading all of it tells them apart.</summary>
    public static CountryAttribute Near(Random random, string attribute)
    {
        var words = attribute.Split(' ');
        var other = random.Next(4) == 0 ? Name(random) : words.Length == 1 ? $"{Quality(random)} {words[0]}"
            : random.Next(2) == 0 ? string.Join(' ', [.. words[..^1], Noun(random)]) : string.Join(' ', [Quality(random), .. words[1..]]);
        return new(other, _ => null);
    }

    /// <summary>A value: a name, a number, a code, a few words, a word and its letter or number ("grade C"), a quantity.</summary>
    public string Value(Random random) => random.Next(20) switch
    {
        < 5 => names.Next(random),
        < 9 => Number(random),
        < 12 => Code(random),
        < 14 => $"{AnyWord(random)} {(random.Next(3) > 0 ? Letters(random, 1, Capitals) : 1 + random.Next(99))}",
        < 19 => string.Join(' ', Enumerable.Range(0, 1 + random.Next(3)).Select(_ => AnyWord(random))),
        _ => $"{Number(random)} {Draw(random, Units)}",
    };

    private static string AnyWord(Random random) => random.Next(2) == 0 ? Draw(random, Words) : AnyNames.Word(random);

    private static string Name(Random random) => random.Next(20) switch
    {
        < 7 => Noun(random),
        < 12 => $"{Quality(random)} {Noun(random)}",
        < 17 => $"{Noun(random)} {Noun(random)}",
        _ => $"{Quality(random)} {Noun(random)} {Noun(random)}",
    };

    private static string Noun(Random random) => random.NextDouble() < InventedShare ? AnyNames.Word(random) : Draw(random, Nouns);

    private static string Quality(Random random) => random.NextDouble() is var at && at < AcronymShare ? Letters(random, 2 + random.Next(3), Capitals)
        : at < InventedShare ? AnyNames.Word(random) : Draw(random, Qualities);

    private static string Number(Random random)
    {
        var number = long.Parse($"{1 + random.Next(9)}{Letters(random, random.Next(7), "0123456789")}", CultureInfo.InvariantCulture);
        return random.Next(8) == 0 ? $"{number}.{random.Next(10)}" : number.ToString(random.Next(2) == 0 ? "N0" : "D", CultureInfo.InvariantCulture);
    }

    /// <summary>Letters, digits and signs: "QX7", "+31", ".ab", "K-204", "UTC-3".</summary>
    private static string Code(Random random) => random.Next(6) switch
    {
        0 => Letters(random, 2 + random.Next(2), Capitals),
        1 => $"+{1 + random.Next(999)}",
        2 => $".{Small(random, 2 + random.Next(2))}",
        3 => $"{Letters(random, 1 + random.Next(2), Capitals)}-{1 + random.Next(999)}",
        4 => $"{Letters(random, 3, Capitals)}{(random.Next(2) == 0 ? '+' : '-')}{1 + random.Next(12)}",
        _ => $"{Small(random, 1)}{1 + random.Next(99)}/{1 + random.Next(9)}",
    };

    private static string Small(Random random, int count) => Letters(random, count, Capitals).ToLowerInvariant();

    /// <summary>Characters that are drawn; now and then only two of them, so that the same ones stand side by side.</summary>
    private static string Letters(Random random, int count, string among)
    {
        if (random.NextDouble() < RepeatingShare) among = $"{among[random.Next(among.Length)]}{among[random.Next(among.Length)]}";
        return string.Concat(Enumerable.Range(0, count).Select(_ => among[random.Next(among.Length)]));
    }

    private static string Draw(Random random, string[] items) => items[random.Next(items.Length)];
}
