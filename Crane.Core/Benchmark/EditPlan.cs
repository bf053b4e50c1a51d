namespace Crane.Core.Benchmark;

/// <summary>An edit before it has probes, with its entities.</summary>
internal abstract record PlannedEdit(string Id)
{
    public sealed record Flag(string Id, Country Old, Country New, PictureRef Picture, int Series, string? Expected, Attribute Partner) : PlannedEdit(Id);

    public sealed record Scene(string Id, Landmark Old, Landmark New, PictureRef Picture, Place Partner) : PlannedEdit(Id);

    public sealed record Attribute(string Id, Country Of, CountryAttribute What, string Value, string? Expected) : PlannedEdit(Id);

    public sealed record Place(string Id, Landmark Of, Country New) : PlannedEdit(Id);
}

/// <summary>Chooses the edits of a split: every flag, landmark, attribute and place once, and every known flag a second time from a degraded picture.</summary>
internal sealed class EditPlan
{
    private const int AttributesOfUnknown = 4;

    private readonly NanoWorld world;
    private readonly BenchmarkSplit split;
    private readonly Random random;
    private readonly List<PlannedEdit> edits = [];

    public EditPlan(NanoWorld world, BenchmarkSplit split, Random random)
    {
        (this.world, this.split, this.random) = (world, split, random);
        foreach (var country in split.Known) Attributes(country, null, Benchmark.Attributes.All.Count);
        foreach (var country in split.Unknown) Attributes(country, Strata.None, AttributesOfUnknown);
        foreach (var landmark in split.Landmarks)
            edits.Add(new PlannedEdit.Place(Id("place"), landmark, Draw(split.Known.Where(c => c.Id != landmark.Country))));
        foreach (var country in split.Known) edits.Add(Flag(country, View(country), 0, null));
        foreach (var country in split.Unknown) edits.Add(Flag(country, View(country), 0, Strata.None));
        foreach (var country in split.Known) edits.Add(Degraded(country));
        foreach (var landmark in split.Landmarks) edits.Add(Scene(landmark));
    }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<PlannedEdit> Edits => edits;

    private void Attributes(Country country, string? expected, int count)
    {
        var with = Benchmark.Attributes.All.Where(a => a.Of(country) is not null).ToArray();
        random.Shuffle(with);
        foreach (var attribute in with.Take(count))
            edits.Add(new PlannedEdit.Attribute(Id("attribute"), country, attribute, Draw(split.Values[attribute.Name].Where(v => v != attribute.Of(country))),
                expected));
    }

    private PlannedEdit.Flag Flag(Country old, PictureRef picture, int series, string? expected)
    {
        var target = Draw(split.Known.Where(c => c != old));
        return new(Id("flag"), old, target, picture, series, expected, Draw(edits.OfType<PlannedEdit.Attribute>().Where(e => e.Of == target)));
    }

    /// <summary>Noise that hides the flag, or blur that leaves its colours.</summary>
    private PlannedEdit.Flag Degraded(Country country) => random.Next(2) == 0
        ? Flag(country, View(country) with { Degradation = PictureRef.Noise, Strength = 0.95, Seed = random.Next() }, 1, Strata.None)
        : Flag(country, View(country) with { Degradation = PictureRef.Blur, Strength = 12, Seed = 0 }, 1, Strata.Weak);

    private PlannedEdit.Scene Scene(Landmark old)
    {
        var target = Draw(split.Landmarks.Where(l => l != old && l.Country != old.Country && world.Countries.Any(c => c.Id == l.Country)));
        return new(Id("landmark"), old, target, new(Draw(old.Images).File), edits.OfType<PlannedEdit.Place>().Single(e => e.Of == target));
    }

    private PictureRef View(Country country) => new($"flags/{Draw(World.FlagStyles)}/{country.Id}.png");

    private string Id(string kind) => $"{split.Name}-{kind}-{edits.Count + 1:0000}";

    private T Draw<T>(IEnumerable<T> items) => items.ToArray() is { Length: > 0 } all ? all[random.Next(all.Length)]
        : throw new InvalidOperationException($"The {split.Name} split has nothing to choose from; the world is too small for a benchmark.");
}
