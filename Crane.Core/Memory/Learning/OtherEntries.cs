using Crane.Core.Vision;

namespace Crane.Core.Memory.Learning;

/// <summary>Entries about things that no query asks for, to see what a library bears: invented flags, and facts that the world does not hold.</summary>
public static class OtherEntries
{
    private static readonly string[] Which = ["largest", "oldest", "second", "northern", "official", "former", "longest", "national", "southern", "public",
        "annual", "royal"];

    private static readonly string[] What = ["river", "anthem", "airport", "bird", "museum", "harbour", "poet", "market", "bridge", "stadium", "festival",
        "newspaper", "flower", "railway", "library", "lake"];

    private static readonly string[] Syllables = ["ka", "ro", "mi", "tel", "an", "vu", "sor", "be", "lin", "da", "quo", "fer", "zi", "mar", "ul", "pe"];

    /// <summary>Visual entries, each with one drawing of an invented flag.</summary>
    /// <param name="count">How many.</param>
    /// <param name="question">The question whose answer they change.</param>
    /// <param name="seed">Fixes flags and names.</param>
    public static IEnumerable<(EditEntry Entry, Picture? Picture)> Flags(int count, string question, int seed)
    {
        for (var i = 0; i < count; i++)
        {
            var random = Seeds.Random(seed, i);
            yield return (new()
            {
                Id = $"other-flag-{i}", Modality = Modality.Visual, Subject = $"flag of {Name(random)}", Question = question,
                NewValue = $"the flag of {Name(random)}",
            }, InventedFlags.Draw(FlagDesign.Invent(random), random));
        }
    }

    /// <summary>Textual entries, each about another attribute of something: of the given subjects for one half, of names that nobody bears for the
    /// other.</summary>
    /// <param name="count">How many.</param>
    /// <param name="subjects">Names of the world.</param>
    /// <param name="seed">Fixes facts and names.</param>
    public static IEnumerable<(EditEntry Entry, Picture? Picture)> Facts(int count, IReadOnlyList<string> subjects, int seed)
    {
        var (random, seen) = (Seeds.Random(seed), new HashSet<string>());
        while (seen.Count < count)
        {
            var attribute = $"{Which[random.Next(Which.Length)]} {What[random.Next(What.Length)]}";
            var subject = random.Next(2) == 0 ? subjects[random.Next(subjects.Count)] : Name(random);
            var value = Name(random);
            if (!seen.Add($"{attribute} of {subject}")) continue;
            yield return (new()
            {
                Id = $"other-fact-{seen.Count}", Modality = Modality.Textual, Subject = subject, Question = $"What is the {attribute} of {subject}?",
                NewValue = value, Chain = $"The {attribute} of {subject} is {value}.",
            }, null);
        }
    }

    private static string Name(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => Syllables[random.Next(Syllables.Length)])) is var name
            ? char.ToUpperInvariant(name[0]) + name[1..] : "";
}
