using Crane.Core.Vision;

namespace Crane.Core.Benchmark;

/// <summary>The part of the world that the nano model knows: countries whose flags can be told apart at its resolution, and all landmarks.</summary>
public sealed class NanoWorld
{
    private const double LeastDistance = 0.12;
    private const int MostCountries = 110;

    private NanoWorld(World world, WorldPictures pictures, IReadOnlyList<Country> countries) => (World, Pictures, Countries) = (world, pictures, countries);

    /// <summary>Where it is taken from.</summary>
    public World World { get; }

    /// <summary>Its pictures.</summary>
    public WorldPictures Pictures { get; }

    /// <summary>The chosen countries, the largest first.</summary>
    public IReadOnlyList<Country> Countries { get; }

    /// <summary>All landmarks.</summary>
    public IReadOnlyList<Landmark> Landmarks => World.Landmarks;

    /// <summary>Chooses the countries: members of the United Nations with all attributes and all drawings, from the largest down; one enters if its flag
    /// differs by
    /// more than 0.12 (mean absolute difference of pixels in −1..1, at 64 × 48) from every flag chosen before, in each of the five drawings.</summary>
    public static NanoWorld Load(World? world = null)
    {
        world ??= World.Load();
        var pictures = new WorldPictures(world);
        var chosen = new List<(Country Country, byte[][] Flags)>();
        foreach (var country in world.Countries.Where(c => c.UnMember && Attributes.All.All(a => a.Of(c) is not null)).OrderByDescending(c => c.AreaKm2)
            .ThenBy(c => c.Id, StringComparer.Ordinal))
        {
            if (chosen.Count == MostCountries) break;
            byte[][] flags = [.. pictures.Flags(country.Id).Select(flag => WorldPictures.Small(flag).Rgb)];
            if (flags.Length == World.FlagStyles.Count && chosen.All(c => c.Flags.Zip(flags).All(pair => Distance(pair.First, pair.Second) > LeastDistance)))
                chosen.Add((country, flags));
        }
        return new NanoWorld(world, pictures, [.. chosen.Select(c => c.Country)]);
    }

    /// <summary>Mean absolute difference of two pictures of one size, bytes read as −1..1.</summary>
    public static double Distance(byte[] a, byte[] b)
    {
        var sum = 0L;
        for (var i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return sum / 127.5 / a.Length;
    }
}
