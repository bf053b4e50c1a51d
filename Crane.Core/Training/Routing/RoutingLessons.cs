using Crane.Core.Benchmark;
using Crane.Core.Training.Pretraining;
using Crane.Core.Vision;

namespace Crane.Core.Training.Routing;

/// <summary>Questions with edits in front of them, as retrieval would bring them: one that applies, several that do, others that do not and look alike, none.
/// Half of the questions meet an edit that applies, whatever their kind and phrasing, so neither tells whether one does.</summary>
/// <param name="world">What the model knows.</param>
/// <param name="countries">Countries that are asked about, edited, and brought in.</param>
/// <param name="landmarks">The same of landmarks.</param>
/// <param name="phrasings">Which ways of asking are used.</param>
/// <param name="names">Other names, for entries that have nothing to do with what the model knows: comparing names is learnt over many of them. null: none.</param>
public sealed class RoutingLessons(NanoWorld world, IReadOnlyList<Country> countries, IReadOnlyList<Landmark> landmarks, PhrasingSet phrasings = PhrasingSet.Trained, LookUps? names = null)
{
    private const double AppliesShare = 0.5, BothShare = 0.3, AnyNameShare = 0.2;
    private const int MostDistractors = 3, Neighbours = 5;

    private readonly Landmark[] withCountry = [.. landmarks.Where(l => countries.Any(c => c.Id == l.Country))];
    private readonly Dictionary<Country, Country[]> near = Near(world, countries);

    /// <summary>A question, its picture, its memory, and the chain that routes.</summary>
    public Lesson Next(Random random)
    {
        if (names is not null && random.NextDouble() < AnyNameShare) return AnyName(random, names);
        var question = random.NextDouble() switch
        {
            < 0.20 => Flag(random, null),
            < 0.42 => Flag(random, Draw(random, Attributes.All)),
            < 0.52 => Landmark(random, 0, null),
            < 0.60 => Landmark(random, 1, null),
            < 0.70 => Landmark(random, 2, Draw(random, Attributes.All)),
            < 0.92 => Text(random, Draw(random, Attributes.All)),
            < 0.96 => TextPlace(random, null),
            _ => TextPlace(random, Draw(random, Attributes.All)),
        };
        var memory = Memory(random, question);
        var route = new Route(world, memory);
        var answer = question.Walk(route);
        var posed = question.Pose(random, answer);
        var applied = memory.Count(entry => route.Keys.Contains(entry.Key));
        var kind = $"{question.Kind}/{(memory.Length == 0 ? "no-memory" : applied == 0 ? "irrelevant" : applied == 1 ? "applies" : "composed")}";
        return Lesson.Of(kind, "", posed with { Text = MemoryText.Prompt(memory, posed.Text) }, route.Chain, question.Picture);
    }

    /// <summary>A question that only the memory answers, about any name.</summary>
    private Lesson AnyName(Random random, LookUps names)
    {
        var attribute = Draw(random, Attributes.All);
        var about = names.Name(random);
        var entry = Note.Fact(attribute.Name, about, names.Name(random));
        var memory = new List<Note> { entry };
        for (var left = random.Next(MostDistractors); left > 0; left--)
        {
            var subject = random.Next(3) == 0 ? about : names.Name(random);
            var other = random.Next(3) == 0 ? Note.Shows(subject, names.Name(random)) : Note.Fact(Draw(random, Attributes.All).Name, subject, names.Name(random));
            if (memory.All(e => e.Key != other.Key)) memory.Add(other);
        }
        var shuffled = memory.ToArray();
        random.Shuffle(shuffled);
        return Lesson.Of("any-name/applies", MemoryText.Prompt(shuffled, Phrasings.Attribute.Ask(random, phrasings, about, attribute.Name)), MemoryText.Applies(entry), entry.Value);
    }

    /// <summary>What is asked: how to walk to the answer, and how to put it.</summary>
    private sealed record Asked(string Kind, Picture? Picture, Country? Flag, Landmark? Landmark, CountryAttribute? Attribute, Func<Route, string> Walk, Func<Random, string, PosedQuestion> Pose);

    private Asked Flag(Random random, CountryAttribute? attribute)
    {
        var country = Draw(random, countries);
        var picture = View(random, Draw(random, world.Pictures.Flags(country.Id)));
        var described = Draw(random, Phrasings.CountryOfFlag);
        return attribute is null
            ? new("flag/identity", picture, country, null, null, route => route.Flag(country).Name, PoseFlag)
            : new("flag/attribute", picture, country, null, attribute, route => route.Attribute(route.Flag(country), attribute), (r, answer) => PoseAttribute(r, described, attribute, answer));
    }

    private Asked Landmark(Random random, int hops, CountryAttribute? attribute)
    {
        var landmark = Draw(random, hops == 2 ? withCountry : landmarks);
        var picture = View(random, Draw(random, world.Pictures.Photographs(landmark)));
        var described = Draw(random, Phrasings.CountryOfLandmark).Replace("{x}", "this landmark", StringComparison.Ordinal);
        return hops switch
        {
            0 => new("landmark/identity", picture, null, landmark, null, route => route.Landmark(landmark).Name, PoseLandmark),
            1 => new("landmark/country", picture, null, landmark, null, route => route.Place(route.Landmark(landmark)).Name, (r, answer) => PosePlace(r, "this landmark", answer)),
            _ => new("landmark/attribute", picture, null, landmark, attribute, route => route.Attribute(route.Place(route.Landmark(landmark)), attribute!), (r, answer) => PoseAttribute(r, described, attribute!, answer)),
        };
    }

    private Asked Text(Random random, CountryAttribute attribute)
    {
        var country = Draw(random, countries);
        return new("text/attribute", null, country, null, attribute, route => route.Attribute(country, attribute), (r, answer) => PoseAttribute(r, country.Name, attribute, answer));
    }

    private Asked TextPlace(Random random, CountryAttribute? attribute)
    {
        var landmark = Draw(random, attribute is null ? landmarks : withCountry);
        var described = Draw(random, Phrasings.CountryOfLandmark).Replace("{x}", landmark.Name, StringComparison.Ordinal);
        return attribute is null
            ? new("text/place", null, null, landmark, null, route => route.Place(landmark).Name, (r, answer) => PosePlace(r, landmark.Name, answer))
            : new("text/place-attribute", null, null, landmark, attribute, route => route.Attribute(route.Place(landmark), attribute), (r, answer) => PoseAttribute(r, described, attribute, answer));
    }

    /// <summary>The entries of the prompt. Those that apply are found by walking: each step may be edited, and the next step starts from what the edit says.</summary>
    private Note[] Memory(Random random, Asked asked)
    {
        var entries = new List<Note>();
        var distractors = random.Next(MostDistractors + 1);
        if (random.NextDouble() < AppliesShare)
        {
            var keys = Keys(asked, []);
            var first = random.Next(keys.Count);
            entries.Add(Edit(random, keys[first]));
            if (random.NextDouble() < BothShare && Keys(asked, entries)[(first + 1)..] is { Count: > 0 } rest) entries.Add(Edit(random, Draw(random, rest)));
        }
        while (entries.Count < distractors)
        {
            var key = Distractor(random, asked);
            if (entries.All(e => e.Key != key) && !Keys(asked, entries).Contains(key) && Edit(random, key) is var entry && !Keys(asked, [.. entries, entry]).Contains(key)) entries.Add(entry);
        }
        var shuffled = entries.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
    }

    private List<string> Keys(Asked asked, IReadOnlyCollection<Note> memory)
    {
        var route = new Route(world, memory);
        asked.Walk(route);
        return route.Keys;
    }

    /// <summary>A subject that looks like one of the question: the flag most alike, the old entity's facts, the same attribute of another country.</summary>
    private string Distractor(Random random, Asked asked)
    {
        var country = asked.Flag ?? (asked.Landmark is { } at ? countries.FirstOrDefault(c => c.Id == at.Country) : null);
        return random.Next(7) switch
        {
            0 when country is not null => Route.AttributeOf(country, Draw(random, Attributes.All)),
            1 when asked.Attribute is not null => Route.AttributeOf(Draw(random, countries), asked.Attribute),
            2 when asked.Flag is not null => Route.FlagOf(Draw(random, near[asked.Flag])),
            3 => Draw(random, landmarks).Name,
            4 => random.Next(3) == 0 ? Route.PlaceOf(Draw(random, landmarks)) : Route.AttributeOf(Draw(random, countries), Draw(random, Attributes.All)),
            5 when names is not null => random.Next(2) == 0 ? names.Name(random) : $"the {Draw(random, Attributes.All).Name} of {names.Name(random)}",
            _ => Route.FlagOf(Draw(random, countries)),
        };
    }

    /// <summary>An edit of a subject: something else of its kind.</summary>
    private Note Edit(Random random, string key)
    {
        while (true)
        {
            var (link, value) = Value(random, key);
            if (value != key && !IsTrue(key, value)) return new(key, link, value);
        }
    }

    private (string Link, string Value) Value(Random random, string key)
    {
        if (key.StartsWith("the flag of ", StringComparison.Ordinal)) return ("now shows", Route.FlagOf(Draw(random, countries)));
        if (key.StartsWith("the country of ", StringComparison.Ordinal)) return ("is now", Draw(random, countries).Name);
        return Attributes.All.FirstOrDefault(a => key.StartsWith($"the {a.Name} of ", StringComparison.Ordinal)) is { } attribute
            ? ("is now", attribute.Of(Draw(random, countries))!)
            : ("now shows", Draw(random, withCountry).Name);
    }

    private bool IsTrue(string key, string value) =>
        countries.Any(c => Attributes.All.Any(a => Route.AttributeOf(c, a) == key && a.Of(c) == value)) || landmarks.Any(l => Route.PlaceOf(l) == key && world.World.Country(l.Country).Name == value);

    private PosedQuestion PoseFlag(Random random, string answer) => PosedQuestion.Draw(random,
        () => Phrasings.Flag.Ask(random, phrasings), v => Phrasings.IsFlag.Ask(random, phrasings, value: v), answer, null, () => Draw(random, countries).Name);

    private PosedQuestion PoseLandmark(Random random, string answer) => PosedQuestion.Draw(random,
        () => Phrasings.Landmark.Ask(random, phrasings), v => Phrasings.IsLandmark.Ask(random, phrasings, value: v), answer, null, () => Draw(random, landmarks).Name);

    private PosedQuestion PosePlace(Random random, string landmark, string answer) => PosedQuestion.Draw(random,
        () => Phrasings.Place.Ask(random, phrasings, landmark), v => Phrasings.IsPlace.Ask(random, phrasings, landmark, value: v), answer, null, () => Draw(random, countries).Name);

    private PosedQuestion PoseAttribute(Random random, string of, CountryAttribute attribute, string answer) => PosedQuestion.Draw(random,
        () => Phrasings.Attribute.Ask(random, phrasings, of, attribute.Name), v => Phrasings.IsAttribute.Ask(random, phrasings, of, attribute.Name, v), answer, null, () => attribute.Of(Draw(random, countries))!);

    private static Picture View(Random random, Picture picture) => Augmentation.Apply(picture, WorldPictures.Width, WorldPictures.Height, random);

    private static Dictionary<Country, Country[]> Near(NanoWorld world, IReadOnlyList<Country> countries)
    {
        var flags = countries.ToDictionary(c => c, c => WorldPictures.Small(world.Pictures.Flags(c.Id)[0]).Rgb);
        return countries.ToDictionary(c => c, c => countries.Where(o => o != c).OrderBy(o => NanoWorld.Distance(flags[c], flags[o])).Take(Neighbours).ToArray());
    }

    private static T Draw<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
