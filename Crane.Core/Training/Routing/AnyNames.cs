using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Routing;

/// <summary>Names without end for things that the model knows nothing about: comparing and copying names is learnt over many of them. They are names of the
/// world, invented ones, and both in the forms that names of places have.</summary>
/// <param name="names">Source of single names.</param>
/// <param name="mixed">Source of names of which two become one, or null: pieces of words ("Colomistan") or whole words ("Colombian Tower"). So every piece
/// and every token of every name is compared and copied, though the names that <paramref name="names"/> leaves out never stand there alone. Beside them stand
/// words of any letters ("Kelvosh"): a name in the chain follows a space and begins the answer without one, which are other tokens.</param>
public sealed class AnyNames(LookUps names, LookUps? mixed = null)
{
    private const double FormShare = 0.4, SplicedShare = 0.2, JoinedShare = 0.25, MadeShare = 0.2;
    private const int ShortestSpliced = 5, ShortestJoined = 3;

    private static readonly string[] Onsets = ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "y", "z", "br", "cl",
        "dr", "fr", "gl", "kr", "pl", "sh", "st", "th", "tr", "qu"], Vowels = ["a", "e", "i", "o", "u", "ai", "ee", "ou"],
        Codas = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "ck", "ft", "ll", "nd", "ng", "rt", "sh", "ss", "th"];

    private static readonly string[] Forms =
    [
        "{0} Cathedral", "Château de {0}", "{0} Palace", "Great {0}", "{0} Tower", "Temple of {0}", "{0} Castle", "Palace of {0}", "{0} Opera House",
        "Mount {0}", "Fort {0}",
        "{0} Bridge", "Red {0}", "Republic of {0}", "{0} and {1}", "New {0}", "South {0}", "{0} of {1}", "St. {0}", "{0} National Monument", "{0} Pyramid",
        "{0} de {1}", "{0} Church", "{0} {1}",
        "Old {0} of {1}", "{0} {1} Bridge", "Church of {0} and {1}", "Great {0} of {1}", "Our Lady of {0}", "{0} Memorial Hall",
    ];

    /// <summary>A name.</summary>
    public string Next(Random random) => random.NextDouble() < FormShare
        ? string.Format(null, Forms[random.Next(Forms.Length)], Single(random), Single(random))
        : Single(random);

    /// <summary>A word that no language has, of one to three syllables, in small letters.</summary>
    internal static string Word(Random random)
    {
        string Of(string[] sounds) => sounds[random.Next(sounds.Length)];
        var word = Of(Onsets) + Of(Vowels) + Of(Codas);
        for (var more = random.Next(3); more > 0; more--) word += Of(Onsets) + Of(Vowels) + (random.Next(2) == 0 ? Of(Codas) : "");
        return word;
    }

    private string Single(Random random) => mixed is null ? names.Name(random) : random.NextDouble() switch
    {
        < SplicedShare => Spliced(random, mixed),
        < SplicedShare + JoinedShare => Joined(random, mixed),
        < SplicedShare + JoinedShare + MadeShare => Capital(Word(random)),
        _ => names.Name(random),
    };

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private static string Joined(Random random, LookUps whole)
    {
        while (true)
        {
            var (first, second) = (Part(random, whole), Part(random, whole));
            if (first != second && first.Length >= ShortestJoined && second.Length >= ShortestJoined && $"{first} {second}" is var name && !whole.Has(name))
                return name;
        }
        static string Part(Random random, LookUps whole)
        {
            var words = whole.Name(random).Split(' ');
            return words[random.Next(words.Length)].TrimEnd('.', ',');
        }
    }

    private static string Spliced(Random random, LookUps whole)
    {
        while (true)
        {
            var (first, second) = (whole.Name(random), whole.Name(random));
            if (first == second || first.Length < ShortestSpliced || second.Length < ShortestSpliced) continue;
            var (head, tail) = (first[..random.Next(2, first.Length - 1)], second[random.Next(1, second.Length - 2)..]);
            if (head[^1] != ' ' && tail[0] != ' ' && char.IsLetter(tail[^1]) && !tail.Contains('.') && !whole.Has(head + tail)) return head + tail;
        }
    }

    /// <summary>A name that begins or ends as another does, so that only reading all of it tells them apart.</summary>
    public string Near(Random random, string name)
    {
        var words = name.Split(' ');
        if (words.Length > 1 && random.Next(2) == 0) return random.Next(2) == 0 ? $"{words[0]} {names.Name(random)}" : $"{names.Name(random)} {words[^1]}";
        return name.Length > 4 && char.IsLetter(name[3]) ? name[..Math.Max(3, name.Length / 2)] + names.Name(random)[^3..].ToLowerInvariant() : Next(random);
    }
}
