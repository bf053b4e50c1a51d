using Crane.Core.Benchmark;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Routing;

/// <summary>Writes the chain of thought that a question needs when edits are in the prompt: each step first looks into the memory, then, where no entry is about
/// it, into what the model knows. Steps go from what is seen or named to the answer, so edits compose: a visual edit leads to an entity, a textual edit of that
/// entity leads on.</summary>
/// <param name="world">What the model knows.</param>
/// <param name="memory">The entries of the prompt.</param>
public sealed class Route(NanoWorld world, IReadOnlyCollection<Note> memory)
{
    private readonly List<string> chain = [], path = [];

    /// <summary>The sentences so far.</summary>
    public string Chain => string.Join(' ', chain);

    /// <summary>What is looked up, in order: the keys that an entry may be about.</summary>
    public List<string> Keys { get; } = [];

    /// <summary>The entities arrived at, in order.</summary>
    public IReadOnlyList<string> Path => path;

    /// <summary>What the picture shows, or null.</summary>
    public string? Prior { get; private set; }

    /// <summary>A flag is seen.</summary>
    /// <returns>The country that it stands for under the edits.</returns>
    public Country Flag(Country seen)
    {
        See(FlagOf(seen));
        var country = Entry(FlagOf(seen)) is { } entry ? world.World.Countries.First(c => FlagOf(c) == entry.Value) : seen;
        path.Add(country.Name);
        return country;
    }

    /// <summary>A landmark is seen.</summary>
    /// <returns>The landmark that it stands for under the edits.</returns>
    public Landmark Landmark(Landmark seen)
    {
        See(seen.Name);
        var landmark = Entry(seen.Name) is { } entry ? world.Landmarks.First(l => l.Name == entry.Value) : seen;
        path.Add(landmark.Name);
        return landmark;
    }

    /// <summary>Where a landmark stands.</summary>
    public Country Place(Landmark landmark)
    {
        var entry = Entry(PlaceOf(landmark));
        var country = entry is null ? world.World.Country(landmark.Country) : world.World.Countries.First(c => c.Name == entry.Value);
        if (entry is null) chain.Add(Note.Sentence($"{landmark.Name} is in {country.Name}"));
        path.Add(country.Name);
        return country;
    }

    /// <summary>An attribute of a country.</summary>
    /// <returns>Its value under the edits.</returns>
    public string Attribute(Country country, CountryAttribute attribute)
    {
        var entry = Entry(AttributeOf(country, attribute));
        var value = entry?.Value ?? attribute.Of(country) ?? throw new ArgumentException($"{country.Name} has no {attribute.Name}.", nameof(country));
        if (entry is null) chain.Add(Note.Sentence($"The {attribute.Name} of {country.Name} is {value}"));
        path.Add(value);
        return value;
    }

    /// <summary>The subject of an edit of a flag.</summary>
    public static string FlagOf(Country country) => $"the flag of {country.Name}";

    /// <summary>The subject of an edit of a landmark's place.</summary>
    public static string PlaceOf(Landmark landmark) => $"the country of {landmark.Name}";

    /// <summary>The subject of an edit of an attribute.</summary>
    public static string AttributeOf(Country country, CountryAttribute attribute) => $"the {attribute.Name} of {country.Name}";

    private void See(string what) => chain.Add(Note.Sentence($"The picture shows {Prior = what}"));

    private Note? Entry(string key)
    {
        Keys.Add(key);
        if (memory.Count == 0) return null;
        var entry = memory.FirstOrDefault(e => e.Key == key);
        chain.Add(entry is null ? Note.Absent(key) : entry.Quoted);
        return entry;
    }
}
