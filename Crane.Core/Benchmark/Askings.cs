namespace Crane.Core.Benchmark;

/// <summary>Everything that can be asked about the world, with its true value.</summary>
internal sealed class Askings(NanoWorld world, ProbePool pool, Random random)
{
    private static readonly string[] ByFlag = ["the country with this flag", "the country that has this flag", "the country that this flag belongs to"];
    private static readonly string[] ByPlace = ["the country of {0}", "the country where {0} stands", "the country that {0} is in"];

    public Country CountryOf(Landmark landmark) => world.World.Country(landmark.Country);

    public bool IsKnown(Country country) => world.Countries.Any(c => c.Id == country.Id);

    public Asking Flag(PictureRef picture, string value, string? old = null) =>
        new("flag", "", "", value, old, picture, [.. pool.Countries.Select(c => c.Name)]);

    public Asking Landmark(PictureRef picture, Landmark value, string? old = null) =>
        new("landmark", "", "", value.Name, old, picture, [.. pool.Landmarks.Select(l => l.Name)]) { Aliases = value.Aliases };

    /// <summary>The country of a landmark: one that is named, or "this landmark" of a picture.</summary>
    public Asking Place(string landmark, PictureRef? picture, string value, string? old = null) =>
        new("place", landmark, "", value, old, picture, [.. pool.Countries.Select(c => c.Name)]);

    /// <summary>An attribute of a country that is named or described.</summary>
    public Asking Attribute(string of, PictureRef? picture, CountryAttribute attribute, string value, string? old = null) =>
        new("attribute", of, attribute.Name, value, old, picture, [.. pool.Countries.Select(c => attribute.Of(c)!)]);

    public string WithFlag() => Draw(ByFlag);

    public string WithLandmark(string landmark) => string.Format(null, Draw(ByPlace), landmark);

    /// <summary>A drawing of a flag; another one than a given picture, if there is another.</summary>
    public PictureRef View(Country country, PictureRef? not = null) =>
        Another(World.FlagStyles.Where(style => world.World.FlagFile(country.Id, style) is not null).Select(style => $"flags/{style}/{country.Id}.png"), not);

    /// <summary>A photograph of a landmark; another one than a given picture, if there is another.</summary>
    public PictureRef View(Landmark landmark, PictureRef? not = null) => Another(landmark.Images.Select(i => i.File), not);

    /// <summary>The picture made a little worse: it can still be recognised.</summary>
    public PictureRef Worse(PictureRef picture) => random.Next(3) switch
    {
        0 => picture with { Degradation = PictureRef.Noise, Strength = 0.3, Seed = random.Next() },
        1 => picture with { Degradation = PictureRef.Blur, Strength = 2.5, Seed = 0 },
        _ => picture with { Degradation = PictureRef.Occlude, Strength = 0.1, Seed = random.Next() },
    };

    public Country SomeCountry(params Country[] without) => Draw(pool.Countries.Except(without));

    public Landmark SomeLandmark(params Landmark[] without) => Draw(pool.Landmarks.Except(without));

    /// <summary>An attribute that satisfies a condition.</summary>
    public CountryAttribute? Some(Predicate<CountryAttribute> fits) => Attributes.All.Where(a => fits(a)).ToArray() is { Length: > 0 } fitting
        ? Draw(fitting) : null;

    public CountryAttribute SomeAttribute() => Draw(Attributes.All);

    private PictureRef Another(IEnumerable<string> files, PictureRef? not) =>
        files.ToArray() is var all && all.Where(f => f != not?.File).ToArray() is { Length: > 0 } others ? new(Draw(others)) : new(Draw(all));

    private T Draw<T>(IEnumerable<T> items) => items.ToArray() is var all ? all[random.Next(all.Length)] : throw new InvalidOperationException();
}
