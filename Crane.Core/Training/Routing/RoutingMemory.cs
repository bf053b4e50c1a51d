using Crane.Core.Benchmark;
using Crane.Core.Training.Pretraining;
using Crane.Core.Vision;

namespace Crane.Core.Training.Routing;

/// <summary>Draws the entries in front of a question.</summary>
internal sealed class RoutingMemory(NanoWorld world, RoutingPool pool, AnyNames names, OpenAttributes open, bool wide)
{
    private const double AnotherShare = 0.4, AnyTargetShare = 0.4, UntoldShare = 0.4, OpenUntoldShare = 0.15, OpenShare = 0.25, StaleShare = 0.05,
        LongShare = 0.08;
    private const int Neighbours = 5, FewestOfLong = 4, MostOfLong = 14;

    private readonly Dictionary<string, string[]> near = Near(world, pool.Countries);

    /// <summary>Entries that apply are found by walking: each step may be edited, the next one starts from what the edit says, and what nobody knows is told,
    /// or the chain
    /// breaks off there. Now and then an entry that has been superseded stands before the one that applies, and now and then the memory is long.</summary>
    public Note[] Draw(Random random, Asked asked, bool applies, int mostDistractors)
    {
        var entries = new List<Note>();
        if (applies)
            for (var keys = Own(Keys(asked, [])); keys.Count > 0; keys = random.NextDouble() < AnotherShare ? After(keys) : [])
                entries.Add(Edit(random, Draw(random, keys)));
        var untold = !applies ? 1 : asked.IsOpen ? OpenUntoldShare : UntoldShare;
        while (Walk(asked, entries).Missing is { } unknown && !((entries.Count > 0 || untold == 1) && random.NextDouble() < untold))
            entries.Add(Edit(random, unknown));
        var count = entries.Count + Distractors(random, applies, mostDistractors);
        if (count == 0 && Walk(asked, entries).Missing is not null) count = 1;
        while (entries.Count < count)
        {
            var key = Distractor(random, asked, entries);
            if (entries.All(e => e.Key != key) && Own([key]).Count > 0 && !Keys(asked, entries).Contains(key) && Edit(random, key) is var entry
                && !Keys(asked, [.. entries, entry]).Contains(key)) entries.Add(entry);
        }
        var shuffled = entries.ToArray();
        random.Shuffle(shuffled);
        return mostDistractors > 0 && random.NextDouble() < StaleShare ? WithStale(random, shuffled, Keys(asked, shuffled)) : shuffled;
        List<string> After(List<string> before) => Keys(asked, entries) is var now && now.FindLastIndex(key => entries.Exists(e => e.Key == key)) is var last
            && last >= 0 ? Own(now[(last + 1)..]) : before;
    }

    private int Distractors(Random random, bool applies, int most) =>
        wide && most > 0 && random.NextDouble() < LongShare ? random.Next(FewestOfLong, MostOfLong + 1) : random.Next(applies ? Math.Max(1, most) : most + 1);

    /// <summary>Puts what an entry that applies has superseded somewhere before it.</summary>
    private Note[] WithStale(Random random, Note[] memory, List<string> keys)
    {
        int[] applied = [.. Enumerable.Range(0, memory.Length).Where(i => keys.Contains(memory[i].Key))];
        if (applied.Length == 0) return memory;
        var (at, stale) = (Draw(random, applied), default(Note));
        while (stale is null || stale.Value == memory[at].Value) stale = Edit(random, memory[at].Key);
        var before = random.Next(at + 1);
        return [.. memory[..before], stale, .. memory[before..]];
    }

    /// <summary>Keys that are about nothing of the other splits.</summary>
    private List<string> Own(List<string> keys) => [.. keys.Where(key => !pool.Others.Any(other => key.EndsWith(other, StringComparison.Ordinal)))];

    private Route Walk(Asked asked, IReadOnlyCollection<Note> entries)
    {
        var route = new Route(world, entries);
        asked.Walk(route);
        return route;
    }

    private List<string> Keys(Asked asked, IReadOnlyCollection<Note> entries) => Walk(asked, entries).Keys;

    /// <summary>A subject that is not asked about but looks like it: another attribute of what is seen or was edited in, the flag most alike, a name that
    /// begins the same,
    /// the picture of what a question in words names.</summary>
    private string Distractor(Random random, Asked asked, List<Note> entries)
    {
        var walked = Walk(asked, entries);
        var on = random.Next(3) == 0 ? asked.Subject : Draw(random, [.. walked.Path, asked.Subject]);
        return random.Next(9) switch
        {
            0 or 1 => Route.AttributeOf(on, asked.IsOpen && random.Next(3) > 0 ? OpenAttributes.Near(random, asked.What!.Name) : SomeAttribute(random)),
            2 when asked.What is not null => Route.AttributeOf(random.Next(2) == 0 ? names.Near(random, on) : SomeName(random), asked.What),
            3 => random.Next(2) == 0 ? on : Route.FlagOf(on),
            4 => Route.PlaceOf(on),
            5 when near.TryGetValue(asked.Subject, out var alike) => Route.FlagOf(Draw(random, alike)),
            5 or 6 => random.Next(2) == 0 ? names.Near(random, on) : Route.FlagOf(names.Near(random, on)),
            7 => random.Next(2) == 0 ? SomeName(random) : Route.FlagOf(SomeName(random)),
            _ => random.Next(3) == 0 ? Route.PlaceOf(SomeName(random)) : Route.AttributeOf(SomeName(random), SomeAttribute(random)),
        };
    }

    private CountryAttribute SomeAttribute(Random random) => wide && random.NextDouble() < OpenShare ? OpenAttributes.Next(random)
        : Draw(random, Attributes.All);

    private string SomeName(Random random) => random.Next(4) switch { 0 => names.Next(random), 1 => Draw(random, pool.Landmarks).Name,
        _ => Draw(random, pool.Countries).Name };

    /// <summary>An edit of a subject: something else of its kind.</summary>
    private Note Edit(Random random, string key)
    {
        while (true)
        {
            var note = Draft(random, key);
            if (note.Value != key && !key.EndsWith(note.Value, StringComparison.Ordinal) && !pool.Others.Contains(note.Value)
                && !IsTrue(key, note.Value)) return note;
        }
    }

    private Note Draft(Random random, string key)
    {
        var any = random.NextDouble() < AnyTargetShare;
        if (key.StartsWith("the flag of ", StringComparison.Ordinal))
            return new(key, "now shows", any ? names.Next(random) : Draw(random, pool.Countries).Name);
        if (key.StartsWith("the country of ", StringComparison.Ordinal))
            return new(key, "is now", any ? names.Next(random) : Draw(random, pool.Countries).Name);
        if (Attributes.All.FirstOrDefault(a => key.StartsWith($"the {a.Name} of ", StringComparison.Ordinal)) is { } attribute)
            return new(key, "is now", any ? names.Next(random) : Draw(random, pool.Values[attribute.Name]));
        return key.StartsWith("the ", StringComparison.Ordinal) ? new(key, "is now", open.Value(random))
            : new(key, "now shows", any ? names.Next(random) : Draw(random, pool.InPool).Name);
    }

    private bool IsTrue(string key, string value) => pool.Countries.Any(c => Attributes.All.Any(a => Route.AttributeOf(c.Name, a) == key && a.Of(c) == value))
        || pool.Landmarks.Any(l => Route.PlaceOf(l.Name) == key && world.World.Country(l.Country).Name == value);

    private static Dictionary<string, string[]> Near(NanoWorld world, IReadOnlyList<Country> countries)
    {
        var flags = countries.ToDictionary(c => c, c => WorldPictures.Small(world.Pictures.Flags(c.Id)[0]).Rgb);
        return countries.ToDictionary(c => c.Name, c => countries.Where(o => o != c).OrderBy(o => NanoWorld.Distance(flags[c], flags[o])).Take(Neighbours)
            .Select(o => o.Name).ToArray());
    }

    private static T Draw<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
