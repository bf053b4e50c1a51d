using Crane.Core.Benchmark;
using Crane.Core.Training.Pretraining;
using Crane.Core.Vision;

namespace Crane.Core.Training.Routing;

/// <summary>Questions with edits in front of them, as retrieval would bring them: one that applies, several that do, others that do not and look alike, none.
/// Half of the questions meet an edit that applies, whatever their kind and phrasing, so neither tells whether one does.</summary>
/// <param name="world">What the model knows.</param>
/// <param name="pool">What is asked about, edited, led to, and brought in.</param>
/// <param name="names">Other names, for entries that have nothing to do with what the model knows: comparing names is learnt over many of them.</param>
/// <param name="phrasings">Which ways of asking are used.</param>
/// <param name="topics">What is asked about.</param>
public sealed class RoutingLessons(NanoWorld world, RoutingPool pool, LookUps names, PhrasingSet phrasings = PhrasingSet.Wide, RoutingTopics topics = RoutingTopics.All)
{
    private const double AppliesShare = 0.5, AnotherShare = 0.4, YesNoShare = 0.2;
    private const int MostDistractors = 3, Neighbours = 5;

    private static readonly (double Share, RoutingTopics Topic, Func<RoutingLessons, Random, Asked> Ask)[] Mixture =
    [
        (0.12, RoutingTopics.Flags, (self, random) => self.Flag(random, null)),
        (0.18, RoutingTopics.Flags, (self, random) => self.Flag(random, Draw(random, Attributes.All))),
        (0.12, RoutingTopics.Landmarks, (self, random) => self.Landmark(random, 0, null)),
        (0.10, RoutingTopics.Landmarks, (self, random) => self.Landmark(random, 1, null)),
        (0.14, RoutingTopics.Landmarks, (self, random) => self.Landmark(random, 2, Draw(random, Attributes.All))),
        (0.18, RoutingTopics.Text, (self, random) => self.Text(random, Draw(random, Attributes.All))),
        (0.08, RoutingTopics.Text, (self, random) => self.TextPlace(random, null)),
        (0.08, RoutingTopics.Text, (self, random) => self.TextPlace(random, Draw(random, Attributes.All))),
    ];

    private readonly IReadOnlyList<Country> countries = pool.Countries;
    private readonly IReadOnlyList<Landmark> landmarks = pool.Landmarks, withCountry = pool.InPool;
    private readonly Dictionary<Country, Country[]> near = Near(world, pool.Countries);
    private readonly (double Share, RoutingTopics Topic, Func<RoutingLessons, Random, Asked> Ask)[] mixture = [.. Mixture.Where(m => topics.HasFlag(m.Topic))];

    /// <summary>A question, its picture, its memory, and the chain that routes.</summary>
    /// <param name="random">Source of all choices.</param>
    /// <param name="applies">Whether an entry applies; null: in half of the cases.</param>
    public RoutingTask Next(Random random, bool? applies = null)
    {
        var question = Topic(random);
        var memory = Memory(random, question, applies ?? random.NextDouble() < AppliesShare);
        var route = new Route(world, memory);
        var answer = question.Walk(route);
        var posed = question.Pose(random, answer);
        MemoryEntry[] entries = [.. memory.Select(entry => new MemoryEntry(entry, route.Keys.Contains(entry.Key)))];
        var applied = entries.Count(entry => entry.Applies);
        var kind = $"{question.Kind}/{(memory.Length == 0 ? "no-memory" : applied == 0 ? "irrelevant" : applied == 1 ? "applies" : "composed")}";
        string[] answers = posed.Form != QuestionForm.YesNo && landmarks.FirstOrDefault(l => l.Name == posed.Answer) is { } named ? [posed.Answer, .. named.Aliases] : [posed.Answer];
        var foreign = entries.Where(e => !e.Applies).Select(e => e.Note.Value).Where(name => !route.Chain.Contains(name, StringComparison.Ordinal)).Distinct().ToArray();
        return new(kind, new((memory.Length == 0 ? "" : Note.Join(memory)) + posed.Text, question.Picture), new(entries, answers, [.. route.Path], route.Prior, foreign, route.Chain.Length),
            route.Chain, posed.Answer, posed.Form);
    }

    private Asked Topic(Random random)
    {
        var at = random.NextDouble() * mixture.Sum(m => m.Share);
        foreach (var (share, _, ask) in mixture)
            if ((at -= share) < 0) return ask(this, random);
        return mixture[^1].Ask(this, random);
    }

    /// <summary>A question that only the memory answers, about any name.</summary>
    public Lesson AnyName(Random random)
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
        return Lesson.Of("any-name/applies", Note.Join(shuffled) + Phrasings.Attribute.Ask(random, phrasings, about, attribute.Name), entry.Quoted, entry.Value);
    }

    /// <summary>A picture that is told in words, of any name: what is seen is compared with the entries and copied as with a real one.</summary>
    public Lesson Described(Random random)
    {
        var (isFlag, seen, memory) = (random.Next(2) == 0, names.Name(random), new List<Note>());
        string Thing(string name) => isFlag ? $"the flag of {name}" : name;
        var current = seen;
        if (random.Next(2) == 0) memory.Add(Note.Shows(Thing(seen), Thing(current = names.Name(random))));
        var attribute = isFlag ? Draw(random, Attributes.All).Name : "country";
        var asksOn = memory.Count > 0 && random.Next(2) == 0;
        if (asksOn) memory.Add(Note.Fact(attribute, current, names.Name(random)));
        for (var left = random.Next(MostDistractors); left > 0; left--)
        {
            var subject = random.Next(4) == 0 ? seen : names.Name(random);
            var other = random.Next(2) == 0 ? Note.Shows(random.Next(4) == 0 ? subject : Thing(subject), Thing(names.Name(random))) : Note.Fact(Draw(random, Attributes.All).Name, subject, names.Name(random));
            if (memory.All(e => e.Key != other.Key) && other.Key != Thing(seen)) memory.Add(other);
        }
        var applied = memory.FirstOrDefault(e => e.Key == Thing(seen));
        var fact = asksOn ? memory.First(e => e.Key == $"the {attribute} of {current}") : null;
        var shuffled = memory.ToArray();
        random.Shuffle(shuffled);
        List<string> chain = [Note.Sentence($"The picture shows {Thing(seen)}")];
        if (memory.Count > 0) chain.Add(applied?.Quoted ?? Note.Absent(Thing(seen)));
        if (fact is not null) chain.Add(fact.Quoted);
        var question = fact is null ? (isFlag ? Phrasings.Flag : Phrasings.Landmark).Ask(random, phrasings)
            : isFlag ? Phrasings.Attribute.Ask(random, phrasings, Draw(random, Phrasings.CountryOfFlag), attribute) : Phrasings.Place.Ask(random, phrasings, "this landmark");
        return Lesson.Of("described/" + (applied is null ? "irrelevant" : "applies"), $"{(memory.Count == 0 ? "" : Note.Join(shuffled))}{chain[0]} {question}", string.Join(' ', chain), fact?.Value ?? current);
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
    private Note[] Memory(Random random, Asked asked, bool applies)
    {
        var entries = new List<Note>();
        if (applies)
            for (var keys = Keys(asked, []); keys.Count > 0; keys = random.NextDouble() < AnotherShare ? After(keys) : [])
                entries.Add(Edit(random, Draw(random, keys)));
        var count = entries.Count + random.Next(MostDistractors + (applies ? 0 : 1));
        while (entries.Count < count)
        {
            var key = Distractor(random, asked);
            if (entries.All(e => e.Key != key) && !Keys(asked, entries).Contains(key) && Edit(random, key) is var entry && !Keys(asked, [.. entries, entry]).Contains(key)) entries.Add(entry);
        }
        var shuffled = entries.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
        List<string> After(List<string> before) => Keys(asked, entries) is var now && now.FindLastIndex(key => entries.Exists(e => e.Key == key)) is var last ? now[(last + 1)..] : before;
    }

    private List<string> Keys(Asked asked, IReadOnlyCollection<Note> memory)
    {
        var route = new Route(world, memory);
        asked.Walk(route);
        return route.Keys;
    }

    /// <summary>A subject that looks like one of the question: the flag most alike, the old entity's facts, the same attribute of another country; of a question in
    /// words the picture of what it names.</summary>
    private string Distractor(Random random, Asked asked)
    {
        var country = asked.Flag ?? (asked.Landmark is { } at ? countries.FirstOrDefault(c => c.Id == at.Country) : null);
        return random.Next(9) switch
        {
            0 when country is not null => Route.AttributeOf(country, Draw(random, Attributes.All)),
            1 when asked.Attribute is not null => Route.AttributeOf(Draw(random, countries), asked.Attribute),
            2 when asked.Flag is not null => Route.FlagOf(Draw(random, near[asked.Flag])),
            3 => Draw(random, landmarks).Name,
            4 => random.Next(3) == 0 ? Route.PlaceOf(Draw(random, landmarks)) : Route.AttributeOf(Draw(random, countries), Draw(random, Attributes.All)),
            5 => random.Next(2) == 0 ? names.Name(random) : $"the {Draw(random, Attributes.All).Name} of {names.Name(random)}",
            6 when country is not null => Route.FlagOf(country),
            7 when asked.Landmark is not null => random.Next(2) == 0 ? asked.Landmark.Name : Route.PlaceOf(asked.Landmark),
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
            ? ("is now", Draw(random, pool.Values[attribute.Name]))
            : ("now shows", Draw(random, withCountry).Name);
    }

    private bool IsTrue(string key, string value) =>
        countries.Any(c => Attributes.All.Any(a => Route.AttributeOf(c, a) == key && a.Of(c) == value)) || landmarks.Any(l => Route.PlaceOf(l) == key && world.World.Country(l.Country).Name == value);

    private PosedQuestion PoseFlag(Random random, string answer) => PosedQuestion.Draw(random, YesNoShare,
        () => Phrasings.Flag.Ask(random, phrasings), v => Phrasings.IsFlag.Ask(random, phrasings, value: v), answer, null, () => Draw(random, countries).Name);

    private PosedQuestion PoseLandmark(Random random, string answer) => PosedQuestion.Draw(random, YesNoShare,
        () => Phrasings.Landmark.Ask(random, phrasings), v => Phrasings.IsLandmark.Ask(random, phrasings, value: v), answer, null, () => Draw(random, landmarks).Name);

    private PosedQuestion PosePlace(Random random, string landmark, string answer) => PosedQuestion.Draw(random, YesNoShare,
        () => Phrasings.Place.Ask(random, phrasings, landmark), v => Phrasings.IsPlace.Ask(random, phrasings, landmark, value: v), answer, null, () => Draw(random, countries).Name);

    private PosedQuestion PoseAttribute(Random random, string of, CountryAttribute attribute, string answer) => PosedQuestion.Draw(random, YesNoShare,
        () => Phrasings.Attribute.Ask(random, phrasings, of, attribute.Name), v => Phrasings.IsAttribute.Ask(random, phrasings, of, attribute.Name, v), answer, null, () => attribute.Of(Draw(random, countries))!);

    private static Picture View(Random random, Picture picture) => Augmentation.Apply(picture, WorldPictures.Width, WorldPictures.Height, random);

    private static Dictionary<Country, Country[]> Near(NanoWorld world, IReadOnlyList<Country> countries)
    {
        var flags = countries.ToDictionary(c => c, c => WorldPictures.Small(world.Pictures.Flags(c.Id)[0]).Rgb);
        return countries.ToDictionary(c => c, c => countries.Where(o => o != c).OrderBy(o => NanoWorld.Distance(flags[c], flags[o])).Take(Neighbours).ToArray());
    }

    private static T Draw<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
