using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Training.Pretraining;
using Crane.Core.Vision;

namespace Crane.Core.Training.Routing;

/// <summary>Questions with edits in front of them, as retrieval would bring them: one that applies, several that do, others that do not and look alike, stale
/// ones, none. Half of the questions meet an edit that applies, whatever their kind and phrasing, so neither tells whether one does. Edits lead to entities of
/// the pool or to any name; pictures of names that have none are told in words. Wide lessons also ask for attributes that nobody knows (<see
/// cref="OpenAttributes"/>): the memory tells them, or the chain breaks off. What a question offers instead of the answer often begins or ends as the answer
/// does, so that only comparing all of it tells yes from no.</summary>
/// <param name="world">What the model knows.</param>
/// <param name="pool">What is asked about, edited, led to, and brought in.</param>
/// <param name="names">Other names.</param>
/// <param name="phrasings">Which ways of asking are used.</param>
/// <param name="topics">What is asked about.</param>
/// <param name="mostDistractors">Most entries that do not apply.</param>
/// <param name="wide">Whether lessons go beyond what the benchmark asks and brings: open attributes, long memories.</param>
public sealed class RoutingLessons(NanoWorld world, RoutingPool pool, AnyNames names, PhrasingSet phrasings = PhrasingSet.Wide,
    RoutingTopics topics = RoutingTopics.All, int mostDistractors = 3, bool wide = false)
{
    private const double AppliesShare = 0.5, YesNoShare = 0.38, AnyNameShare = 0.5, UnheardShare = 0.3, DescribedShare = 0.35,
        PlacedShare = 0.12, IsInShare = 0.6, AlikeShare = 0.5;
    private static readonly (double Share, RoutingTopics Topic, Func<RoutingLessons, Random, bool, Asked> Ask)[] Mixture =
    [
        (0.14, RoutingTopics.Flags, (self, random, applies) => self.Flag(random, null, applies)),
        (0.18, RoutingTopics.Flags, (self, random, applies) => self.Flag(random, Draw(random, Attributes.All), applies)),
        (0.12, RoutingTopics.Landmarks, (self, random, applies) => self.Landmark(random, 0, null, applies)),
        (0.11, RoutingTopics.Landmarks, (self, random, applies) => self.Landmark(random, 1, null, applies)),
        (0.13, RoutingTopics.Landmarks, (self, random, applies) => self.Landmark(random, 2, Draw(random, Attributes.All), applies)),
        (0.14, RoutingTopics.Text, (self, random, applies) => self.Text(random, Draw(random, Attributes.All), applies)),
        (0.15, RoutingTopics.Text, (self, random, applies) => self.TextPlace(random, null, applies)),
        (0.09, RoutingTopics.Text, (self, random, applies) => self.TextPlace(random, Draw(random, Attributes.All), applies)),
    ];

    private static readonly (double Share, RoutingTopics Topic, Func<RoutingLessons, Random, bool, Asked> Ask)[] OpenMixture =
    [
        (0.07, RoutingTopics.Flags, (self, random, applies) => self.Flag(random, OpenAttributes.Next(random), applies)),
        (0.05, RoutingTopics.Landmarks, (self, random, _) => self.LandmarkItself(random, OpenAttributes.Next(random))),
        (0.04, RoutingTopics.Landmarks, (self, random, applies) => self.Landmark(random, 2, OpenAttributes.Next(random), applies)),
        (0.09, RoutingTopics.Text, (self, random, applies) => self.Text(random, OpenAttributes.Next(random), applies)),
    ];

    /// <summary>Share of questions in words about what nobody knows although no entry tells it: the chain looks it up in vain and breaks off.</summary>
    private readonly double unheard = mostDistractors > 0 ? UnheardShare : 0;
    private readonly OpenAttributes open = new(names);
    private readonly RoutingMemory memories = new(world, pool, names, new(names), wide);
    private readonly (double Share, RoutingTopics Topic, Func<RoutingLessons, Random, bool, Asked> Ask)[] mixture =
        [.. (wide ? Mixture.Concat(OpenMixture) : Mixture).Where(m => topics.HasFlag(m.Topic))];

    /// <summary>A question, its picture, its memory, and the chain that routes.</summary>
    /// <param name="random">Source of all choices.</param>
    /// <param name="applies">Whether an entry applies; null: in half of the cases.</param>
    /// <returns>A few have no answer, see <see cref="RoutingTask.IsAnswerable"/>.</returns>
    public RoutingTask Next(Random random, bool? applies = null)
    {
        var edited = applies ?? random.NextDouble() < AppliesShare;
        var asked = Topic(random, edited);
        var memory = memories.Draw(random, asked, edited, mostDistractors);
        var route = new Route(world, memory);
        var answer = asked.Walk(route);
        if (route.Missing is not null)
            return new($"{asked.Kind}/untold", new(Note.Join(memory) + asked.Described + asked.Open(random), asked.Picture),
                new([], [""], [.. route.Path], route.Prior, [], route.Chain.Length), route.Chain, "");
        MemoryEntry[] entries = [.. memory.Select(entry => new MemoryEntry(entry, route.Keys.Contains(entry.Key)
            && entry == memory.Last(e => e.Key == entry.Key)))];
        var posed = PosedQuestion.Draw(random, YesNoShare, () => asked.Open(random), value => asked.IsIt(random, value), answer,
            Rival(random, asked, answer, entries), () => random.NextDouble() < AlikeShare ? names.Near(random, answer) : asked.Other(random));
        var applied = entries.Count(entry => entry.Applies);
        var kind = $"{asked.Kind}/{(memory.Length == 0 ? "no-memory" : applied == 0 ? "irrelevant" : applied == 1 ? "applies" : "composed")}";
        string[] answers = posed.Form != QuestionForm.YesNo && pool.Landmarks.FirstOrDefault(l => l.Name == posed.Answer) is { } named
            ? [posed.Answer, .. named.Aliases] : [posed.Answer];
        var foreign = entries.Where(e => !e.Applies).Select(e => e.Note.Value).Where(name => !route.Chain.Contains(name, StringComparison.OrdinalIgnoreCase))
            .Distinct().ToArray();
        return new(kind, new((memory.Length == 0 ? "" : Note.Join(memory)) + asked.Described + posed.Text, asked.Picture),
            new(entries, answers, [.. route.Path], route.Prior, foreign, route.Chain.Length), route.Chain, posed.Answer, posed.Form);
    }

    /// <summary>What a model would answer that keeps its old belief; where no edit applies, what it would answer that follows one nevertheless.</summary>
    private string? Rival(Random random, Asked asked, string answer, MemoryEntry[] entries)
    {
        var before = new Route(world, []);
        var old = asked.Walk(before);
        if (before.Missing is null && old != answer) return old;
        return entries.Where(e => !e.Applies && e.Note.Value != answer).ToArray() is { Length: > 0 } others ? Draw(random, others).Note.Value : null;
    }

    private Asked Topic(Random random, bool applies)
    {
        var at = random.NextDouble() * mixture.Sum(m => m.Share);
        foreach (var (share, _, ask) in mixture)
            if ((at -= share) < 0) return ask(this, random, applies);
        return mixture[^1].Ask(this, random, applies);
    }

    private Asked Flag(Random random, CountryAttribute? attribute, bool applies)
    {
        var described = random.NextDouble() < DescribedShare;
        var country = Draw(random, pool.Countries);
        var seen = described && (applies || attribute is null || OpenAttributes.IsOpen(attribute)) ? names.Next(random) : country.Name;
        var picture = described ? null : View(random, Draw(random, world.Pictures.Flags(country.Id)));
        var prefix = described ? Note.Sentence($"The picture shows {Route.FlagOf(seen)}") + " " : "";
        if (attribute is null)
            return new("flag/identity", seen, null, route => route.Flag(seen), r => Phrasings.Flag.Ask(r, phrasings),
                (r, v) => Phrasings.IsFlag.Ask(r, phrasings, value: v), r => Draw(r, pool.Countries).Name, picture, prefix);
        var by = Draw(random, Phrasings.CountryOfFlag);
        return OfAttribute("flag/attribute", seen, by, attribute, route => route.Attribute(route.Flag(seen), attribute), picture, prefix);
    }

    private Asked Landmark(Random random, int hops, CountryAttribute? attribute, bool applies)
    {
        var described = random.NextDouble() < DescribedShare;
        var landmark = Draw(random, hops == 2 ? pool.InPool : pool.Landmarks);
        var seen = described && (applies || hops == 0) ? names.Next(random) : landmark.Name;
        var picture = described ? null : View(random, Draw(random, world.Pictures.Photographs(landmark)));
        var prefix = described ? Note.Sentence($"The picture shows {seen}") + " " : "";
        if (hops == 0)
            return new("landmark/identity", seen, null, route => route.Landmark(seen), r => Phrasings.Landmark.Ask(r, phrasings),
                (r, v) => Phrasings.IsLandmark.Ask(r, phrasings, value: v), r => Draw(r, pool.Landmarks).Name, picture, prefix);
        if (hops == 1) return OfPlace("landmark/country", seen, "this landmark", route => route.Place(route.Landmark(seen)), picture, prefix);
        var by = Draw(random, Phrasings.CountryOfLandmark).Replace("{x}", "this landmark", StringComparison.Ordinal);
        return OfAttribute("landmark/attribute", seen, by, attribute!, route => route.Attribute(route.Place(route.Landmark(seen)), attribute!), picture,
            prefix);
    }

    /// <summary>Something about the landmark of a picture that nobody knows.</summary>
    private Asked LandmarkItself(Random random, CountryAttribute attribute)
    {
        var (described, landmark) = (random.NextDouble() < DescribedShare, Draw(random, pool.Landmarks));
        var seen = described ? names.Next(random) : landmark.Name;
        return OfAttribute("landmark/itself", seen, "this landmark", attribute, route => route.Attribute(route.Landmark(seen), attribute),
            described ? null : View(random, Draw(random, world.Pictures.Photographs(landmark))),
            described ? Note.Sentence($"The picture shows {seen}") + " " : "");
    }

    private Asked Text(Random random, CountryAttribute attribute, bool applies)
    {
        var country = random.NextDouble() < (applies || OpenAttributes.IsOpen(attribute) ? AnyNameShare : unheard) ? names.Next(random)
            : Draw(random, pool.Countries).Name;
        return OfAttribute("text/attribute", country, country, attribute, route => route.Attribute(country, attribute), null, "");
    }

    private Asked TextPlace(Random random, CountryAttribute? attribute, bool applies)
    {
        var landmark = random.NextDouble() < (applies ? AnyNameShare : unheard) ? names.Next(random)
            : Draw(random, attribute is null ? pool.Landmarks : pool.InPool).Name;
        if (attribute is null) return OfPlace("text/place", landmark, landmark, route => route.Place(landmark), null, "");
        var by = Draw(random, Phrasings.CountryOfLandmark).Replace("{x}", landmark, StringComparison.Ordinal);
        return OfAttribute("text/place-attribute", landmark, by, attribute, route => route.Attribute(route.Place(landmark), attribute), null, "");
    }

    private Asked OfPlace(string kind, string subject, string of, Func<Route, string> walk, Picture? picture, string described) =>
        new(kind, subject, null, walk,
        r => Phrasings.Place.Ask(r, phrasings, of), (r, v) => r.NextDouble() < IsInShare ? IsIn(of, v)
            : Phrasings.IsPlace.Ask(r, phrasings, of, value: v),
        r => Draw(r, pool.Countries).Name, picture, described);

    /// <summary>The shortest way to ask for a place names neither "country" nor "where": it is asked more often than the others, since it is misread
    /// most.</summary>
    private static string IsIn(string landmark, string country) => $"Is {landmark} in {country}?";

    private Asked OfAttribute(string kind, string subject, string of, CountryAttribute attribute, Func<Route, string> walk, Picture? picture,
        string described) =>
        OpenAttributes.IsOpen(attribute)
            ? new(kind + "-open", subject, attribute, walk,
                r => (r.NextDouble() < PlacedShare ? Phrasings.Placed : Phrasings.Attribute).Ask(r, phrasings, of, attribute.Name),
                (r, v) => Phrasings.IsAttribute.Ask(r, phrasings, of, attribute.Name, v), open.Value, picture, described)
            : new(kind, subject, attribute, walk, r => Phrasings.Attribute.Ask(r, phrasings, of, attribute.Name),
                (r, v) => Phrasings.IsAttribute.Ask(r, phrasings, of, attribute.Name, v), r => attribute.Of(Draw(r, pool.Countries))!, picture, described);

    private static Picture View(Random random, Picture picture) => Augmentation.Apply(picture, WorldPictures.Width, WorldPictures.Height, random);

    private static T Draw<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}

/// <summary>What is asked: about what, how to walk to the answer, and how to put it.</summary>
/// <param name="Kind">For example <c>flag/attribute</c>.</param>
/// <param name="Subject">What is seen or named.</param>
/// <param name="What">The attribute that is asked for, or null.</param>
/// <param name="Walk">Walks to the answer.</param>
/// <param name="Open">Words the open question.</param>
/// <param name="IsIt">Words the question whether it is a value.</param>
/// <param name="Other">Draws some value.</param>
/// <param name="Picture">What is shown, or null.</param>
/// <param name="Described">What is shown in words, or empty.</param>
internal sealed record Asked(string Kind, string Subject, CountryAttribute? What, Func<Route, string> Walk, Func<Random, string> Open,
    Func<Random, string, string> IsIt, Func<Random, string> Other,
    Picture? Picture, string Described)
{
    /// <summary>Whether it asks for an attribute that nobody knows.</summary>
    public bool IsOpen => What is not null && OpenAttributes.IsOpen(What);
}
