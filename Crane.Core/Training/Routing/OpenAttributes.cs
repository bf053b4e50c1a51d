using Crane.Core.Benchmark;

namespace Crane.Core.Training.Routing;

/// <summary>Attributes without end, of which nobody knows anything: an edit may be about something that no training asked for, so the chain has to look up
/// whatever words
/// the question has. Words are real or invented, one to three of them; values have every shape that a value may have.</summary>
/// <param name="names">Source of names as values.</param>
public sealed class OpenAttributes(AnyNames names)
{
    private const double InventedShare = 0.4;

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

    private static readonly string[] Starts = ["zor", "mik", "tal", "ver", "plo", "gri", "nas", "du", "kel", "shu", "bra", "fen", "o", "ha", "wi", "cro"],
        Ends = ["bal", "nar", "ment", "ity", "gle", "ton", "ish", "age", "ule", "or", "ing", "ic"];

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

    /// <summary>A value: a name, a number, a code, a few words, a quantity.</summary>
    public string Value(Random random) => random.Next(20) switch
    {
        < 9 => names.Next(random),
        < 12 => Number(random),
        < 15 => Code(random),
        < 18 => string.Join(' ', Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Draw(random, Words))),
        _ => $"{Number(random)} {Draw(random, Units)}",
    };

    private static string Name(Random random) => random.Next(20) switch
    {
        < 9 => Noun(random),
        < 17 => $"{Quality(random)} {Noun(random)}",
        _ => $"{Quality(random)} {Quality(random)} {Noun(random)}",
    };

    private static string Noun(Random random) => random.NextDouble() < InventedShare ? Invented(random) : Draw(random, Nouns);

    private static string Quality(Random random) => random.NextDouble() < InventedShare ? Invented(random) : Draw(random, Qualities);

    private static string Invented(Random random) => Draw(random, Starts) + (random.Next(2) == 0 ? Draw(random, Starts) : "") + Draw(random, Ends);

    private static string Number(Random random)
    {
        var digits = 1 + random.Next(7);
        var number = $"{1 + random.Next(9)}{string.Concat(Enumerable.Range(1, digits - 1).Select(_ => (char)('0' + random.Next(10))))}";
        return digits > 3 && random.Next(3) == 0 ? $"{number[..^3]},{number[^3..]}" : number;
    }

    /// <summary>Letters, digits and signs: "QX7", "+31", ".ab", "K-204", "UTC-3".</summary>
    private static string Code(Random random)
    {
        string Letters(int count, char from) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)(from + random.Next(26))));
        return random.Next(6) switch
        {
            0 => Letters(2 + random.Next(2), 'A'),
            1 => $"+{1 + random.Next(999)}",
            2 => $".{Letters(2 + random.Next(2), 'a')}",
            3 => $"{Letters(1 + random.Next(2), 'A')}-{1 + random.Next(999)}",
            4 => $"{Letters(3, 'A')}{(random.Next(2) == 0 ? '+' : '-')}{1 + random.Next(12)}",
            _ => $"{Letters(1, 'a')}{1 + random.Next(99)}/{1 + random.Next(9)}",
        };
    }

    private static string Draw(Random random, string[] items) => items[random.Next(items.Length)];
}
