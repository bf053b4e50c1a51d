using System.Globalization;

namespace Crane.Core.Benchmark;

/// <summary>Edits that are as far from all training as the world allows: things that no lesson of the base or of CRANE asked for (internet domain, calling
/// code, …, the city of a
/// landmark), of countries that the base knows and of countries that it never met, and flags that it never
/// met, whose entries name what it takes them for. Values are another's true ones, so none can be recalled.</summary>
public static class OutOfDistribution
{
    /// <summary>Seed of the shipped file.</summary>
    public const int ShippedSeed = 20;

    /// <summary>Kinds of edits, in the order of tables.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["known-country", "unknown-country", "landmark-city", "unknown-flag"];

    private const int EditsPerKind = 36;

    private static readonly CountryAttribute[] Asked =
    [
        new("internet domain", c => c.Tld.FirstOrDefault()), new("calling code", c => c.CallingCode), new("ISO code", c => c.Cca2),
            new("continent", c => c.Region),
        new("area", c => c.AreaKm2 > 0 ? c.AreaKm2.ToString("#,0.##", CultureInfo.InvariantCulture) + " square kilometres" : null),
            new("neighbouring country", c => null),
    ];

    private static readonly string[] Forms = ["What is the {a} of {x}?", "Which {a} does {x} have?", "Tell me the {a} of {x}.", "Name the {a} of {x}.",
        "Do you know what the {a} of {x} is?"];
    private static readonly string[] CityForms = ["What is the city of {x}?", "In which city is {x}?", "Tell me the city of {x}.", "Which city is {x} in?"];
    private static readonly string[] FlagForms = ["Whose flag is this?", "Which country does this flag belong to?", "Name the country with this flag.",
        "Tell me which country has this flag."];

    /// <summary>The shipped set, <c>data/benchmark/ood/ood.jsonl</c>.</summary>
    public static IReadOnlyList<BenchmarkEdit> Shipped() => BenchmarkFile.Read(DataFolder.Of("benchmark", "ood", "ood.jsonl"));

    /// <summary>The shipped set made again.</summary>
    public static IReadOnlyList<BenchmarkEdit> Generate(int seed = ShippedSeed) =>
        Generate(NanoWorld.Load(), BenchmarkFile.Shipped("test"), StrataFile.Shipped(), seed);

    /// <summary>Makes the set.</summary>
    /// <param name="world">The world, with what the base knows of it.</param>
    /// <param name="split">The test split, from which the flags come.</param>
    /// <param name="beliefs">What the base takes them for: an entry names the old belief, which for a flag that the base never met is no country's own
    /// name.</param>
    /// <param name="seed">Of all draws.</param>
    public static IReadOnlyList<BenchmarkEdit> Generate(NanoWorld world, IReadOnlyList<BenchmarkEdit> split, StrataFile beliefs, int seed = ShippedSeed)
    {
        var test = ReasonEditBench.Splits(world)[2];   // no training led to, or asked about, what is edited in test
        var random = Seeds.Random(seed);
        return
        [
            .. Countries(Kinds[0], test.Known, pictured: true, world, random), .. Countries(Kinds[1], test.Unknown, pictured: false, world, random),
            .. Cities(world, test.Landmarks, random), .. Flags(test.Unknown, split, beliefs, random),
        ];
    }

    private static IEnumerable<BenchmarkEdit> Countries(string kind, Country[] of, bool pictured, NanoWorld world, Random random)
    {
        var countries = Shuffled(of, random);
        for (var i = 0; i < EditsPerKind; i++)
        {
            var (country, what) = (countries[i % countries.Length], Asked[i % Asked.Length]);
            var old = what.Name == "neighbouring country" ? "" : what.Of(country) ?? "";
            var values = what.Name == "neighbouring country" ? world.World.Countries.Where(c => c != country && !country.Borders.Contains(c.Id))
                .Select(c => c.Name)
                : world.World.Countries.Select(what.Of).OfType<string>().Where(value => value != old);
            var target = Draw(values.Distinct(), random);
            string Ask(string x, int form) => Form(Forms, form, x, what.Name);
            var list = new Probes(Id(kind, i));
            list.Add(ProbeLevels.Exact, null, Ask(country.Name, i), target, [target], old);
            list.Add(ProbeLevels.RephraseText, null, Ask(country.Name, i + 2), target, [target], old);
            if (pictured) list.Add(ProbeLevels.MultiHop(1), View(country, random), Ask("the country with this flag", i + 3), target,
                [country.Name, target], old);
            yield return new()
            {
                Id = list.Edit, Modality = Modality.Textual, Kind = kind, Subject = country.Name, Attribute = what.Name, Question = list.All[0].Question,
                    OldAnswer = old, Target = target, Injected = target,
                Statement = $"the {what.Name} of {country.Name} is now {target}", Probes = list.All, Series = i / of.Length,
            };
        }
    }

    private static IEnumerable<BenchmarkEdit> Cities(NanoWorld world, Landmark[] of, Random random)
    {
        foreach (var (landmark, i) in Shuffled(of, random).Take(EditsPerKind).Select((l, i) => (l, i)))
        {
            var target = Draw(world.Landmarks.Select(l => l.City).Where(city => city != landmark.City).Distinct(), random);
            var list = new Probes(Id(Kinds[2], i));
            list.Add(ProbeLevels.Exact, null, Form(CityForms, i, landmark.Name), target, [target], landmark.City);
            list.Add(ProbeLevels.RephraseText, null, Form(CityForms, i + 1, landmark.Name), target, [target], landmark.City);
            list.Add(ProbeLevels.MultiHop(1), new(Draw(landmark.Images, random).File), Form(CityForms, i + 2, "this landmark"), target,
                [landmark.Name, target], landmark.City);
            yield return new()
            {
                Id = list.Edit, Modality = Modality.Textual, Kind = Kinds[2], Subject = landmark.Name, Attribute = "city", Question = list.All[0].Question,
                    OldAnswer = landmark.City, Target = target,
                Injected = target, Statement = $"the city of {landmark.Name} is now {target}", Probes = list.All,
            };
        }
    }

    private static IEnumerable<BenchmarkEdit> Flags(Country[] unknown, IReadOnlyList<BenchmarkEdit> split, StrataFile beliefs, Random random)
    {
        var taken = beliefs.Convictions.ToDictionary(conviction => conviction.Edit, conviction => conviction.Greedy);
        BenchmarkEdit[] flags = [.. split.Where(edit => edit is { Kind: "flag", Expected: Strata.None, Picture.Degradation: null }
            && taken.GetValueOrDefault(edit.Id) is { Length: > 0 })];
        foreach (var (flag, i) in Shuffled(flags, random).Take(EditsPerKind).Select((f, i) => (f, i)))
        {
            var (country, picture, old) = (unknown.Single(c => c.Name == flag.Subject), flag.Picture!, taken[flag.Id]);
            var target = Draw(unknown.Where(c => c != country && c.Name != old), random).Name;
            var list = new Probes(Id(Kinds[3], i));
            list.Add(ProbeLevels.Exact, picture, Form(FlagForms, i, ""), target, [target], old);
            list.Add(ProbeLevels.RephraseText, picture, Form(FlagForms, i + 1, ""), target, [target], old);
            list.Add(ProbeLevels.RephraseImage, View(country, random, picture), Form(FlagForms, i, ""), target, [target], old);
            yield return new()
            {
                Id = list.Edit, Modality = Modality.Visual, Kind = Kinds[3], Subject = country.Name, Picture = picture, Question = list.All[0].Question,
                    OldAnswer = old, Target = target,
                Injected = target, Statement = $"the flag of {old} now shows the flag of {target}", Expected = Strata.None, Probes = list.All,
            };
        }
    }

    private static string Id(string kind, int number) => $"ood-{kind}-{number + 1:00}";

    private static string Form(string[] forms, int number, string x, string attribute = "")
    {
        var text = forms[number % forms.Length].Replace("{a}", attribute, StringComparison.Ordinal).Replace("{x}", x, StringComparison.Ordinal);
        return char.ToUpperInvariant(text[0]) + text[1..];
    }

    private static PictureRef View(Country country, Random random, PictureRef? not = null) =>
        Draw(World.FlagStyles.Select(style => new PictureRef($"flags/{style}/{country.Id}.png")).Where(view => view != not), random);

    private static T[] Shuffled<T>(IReadOnlyList<T> items, Random random)
    {
        T[] shuffled = [.. items];
        random.Shuffle(shuffled);
        return shuffled;
    }

    private static T Draw<T>(IEnumerable<T> items, Random random) => items.ToArray() is var all ? all[random.Next(all.Length)]
        : throw new InvalidOperationException();

    private sealed class Probes(string edit)
    {
        private readonly List<Probe> probes = [];

        public string Edit => edit;

        public Probe[] All => [.. probes];

        public void Add(string level, PictureRef? picture, string question, string answer, string[] chain, string old) =>
            probes.Add(new($"{edit}/{probes.Count + 1}", [edit], level,
            picture is null ? Modality.Textual : Modality.Visual, picture, question, chain, answer, [], "ood", old.Length > 0 ? old : null));
    }
}
