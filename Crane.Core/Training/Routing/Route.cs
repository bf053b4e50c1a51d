using Crane.Core.Benchmark;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Routing;

/// <summary>Writes the chain of thought that a question needs when edits are in the prompt: each step first looks into the memory, then, where no entry is
/// about
/// it, into what the model knows. Of two entries about one thing the later one is in force. Steps go from what is seen or named to the answer, so edits
/// compose: a visual edit leads to an entity, a textual edit of that
/// entity leads on. Entities are names; one that the world does not have is known through the memory alone.</summary>
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

    /// <summary>The first key that neither the memory nor the world says anything about: the walk ended there, in the middle of a sentence; null: it
    /// arrived.</summary>
    public string? Missing { get; private set; }

    /// <summary>A flag is seen.</summary>
    /// <param name="country">Whose flag it looks like.</param>
    /// <returns>The country that it stands for under the edits.</returns>
    public string Flag(string country)
    {
        See(FlagOf(country));
        return Arrive(Entry(FlagOf(country))?.Value ?? country);
    }

    /// <summary>A landmark is seen.</summary>
    /// <returns>The landmark that it stands for under the edits.</returns>
    public string Landmark(string landmark)
    {
        See(landmark);
        return Arrive(Entry(landmark)?.Value ?? landmark);
    }

    /// <summary>The country where a landmark stands.</summary>
    public string Place(string landmark) =>
        Fact(PlaceOf(landmark), world.Landmarks.FirstOrDefault(l => l.Name == landmark) is { } known ? world.World.Country(known.Country).Name : null,
            country => $"{landmark} is in {country}");

    /// <summary>An attribute of a country.</summary>
    public string Attribute(string country, CountryAttribute attribute) =>
        Fact(AttributeOf(country, attribute), world.Countries.FirstOrDefault(c => c.Name == country) is { } known ? attribute.Of(known) : null,
            value => $"The {attribute.Name} of {country} is {value}");

    /// <summary>The subject of an edit of a flag.</summary>
    public static string FlagOf(string country) => $"the flag of {country}";

    /// <summary>The subject of an edit of a landmark's place.</summary>
    public static string PlaceOf(string landmark) => $"the country of {landmark}";

    /// <summary>The subject of an edit of an attribute.</summary>
    public static string AttributeOf(string country, CountryAttribute attribute) => $"the {attribute.Name} of {country}";

    private void See(string what) => chain.Add(Note.Sentence($"The picture shows {Prior = what}"));

    private string Fact(string key, string? known, Func<string, string> sentence)
    {
        if (Missing is not null) return "";
        var entry = Entry(key);
        if (entry is null && known is null)
        {
            Missing = key;
            chain.Add(sentence("").TrimEnd());
            return "";
        }
        if (entry is null) chain.Add(Note.Sentence(sentence(known!)));
        return Arrive(entry?.Value ?? known!);
    }

    private string Arrive(string entity)
    {
        path.Add(entity);
        return entity;
    }

    private Note? Entry(string key)
    {
        Keys.Add(key);
        if (memory.Count == 0) return null;
        var entry = memory.LastOrDefault(e => e.Key == key);
        chain.Add(entry is null ? Note.Absent(key) : entry.Quoted);
        return entry;
    }
}
