namespace Crane.Core.Benchmark;

/// <summary>Something that is known of every country.</summary>
/// <param name="Name">The word in questions, for example "capital".</param>
/// <param name="Of">Its value for a country; null where there is none.</param>
public sealed record CountryAttribute(string Name, Func<Country, string?> Of);

/// <summary>What the nano world knows of a country.</summary>
public static class Attributes
{
    /// <summary>Capital, currency, region (the subregion), language (the first) and demonym.</summary>
    public static IReadOnlyList<CountryAttribute> All { get; } =
    [
        new("capital", c => c.Capital.FirstOrDefault()),
        new("currency", c => c.Currencies.FirstOrDefault()),
        new("region", c => NullIfEmpty(c.Subregion)),
        new("language", c => c.Languages.FirstOrDefault()),
        new("demonym", c => NullIfEmpty(c.Demonym)),
    ];

    private static string? NullIfEmpty(string text) => text.Length > 0 ? text : null;
}
