namespace Crane.Core;

/// <summary>Derives seeds: the same numbers give the same seed, neighbours give unrelated ones.</summary>
public static class Seeds
{
    /// <summary>A seed for item <paramref name="index"/> of a run seeded with <paramref name="seed"/> (SplitMix64's finaliser).</summary>
    public static int Mix(long seed, long index)
    {
        var z = unchecked((ulong)seed * 0x9E3779B97F4A7C15 + (ulong)(index + 1) * 0xD1B54A32D192ED03);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) & int.MaxValue);
    }

    /// <summary>A generator for item <paramref name="index"/> of a run seeded with <paramref name="seed"/>.</summary>
    public static Random Random(long seed, params ReadOnlySpan<long> index)
    {
        var mixed = seed;
        foreach (var i in index) mixed = Mix(mixed, i);
        return new Random((int)(mixed & int.MaxValue));
    }
}
